import { bar, StatusLine } from '@glassbox/host';
import {
  type Device,
  type DeviceTiles,
  measuredTiles,
  planHash,
  type RememberedTile,
  tileStore,
} from '@glassbox/tensor-core';
import { describeTile, type Tunable } from '@glassbox/wgsl-kernels';
import { integer, seconds, type Values } from '../cli/args.ts';
import { type Command, caseOptions, chosenCases, deviceOptions, openChosenDevice } from '../cli/command.ts';
import { deviceTitle } from '../device-title.ts';
import { shapesOf } from '../kernels/measure.ts';
import type { Output } from '../output/output.ts';
import { tunableKey, tunablesOf } from './collect.ts';
import { type Choice, measureTunable } from './measure.ts';

export const tuneCommand: Command = {
  name: 'tune',
  summary: 'chooses tiles for this device by measurement, and remembers them (npm run tune)',
  about: `
Times the short list of tiles of every convolution and matrix product of the nets' training steps on this device, in
turns, and remembers the fastest where it beats the default by 3 %. From then on every runtime on this device uses it.
Kernels that were measured before are left alone unless --force is given. The file is $GLASSBOX_TILES, or
glassbox/tiles.json in your cache folder; GLASSBOX_TILES=none ignores it. Tiles whose results differ in bits are left
out, unless --allow-different-bits is given; the file then says so, and results that were computed with them too.`,
  options: {
    ...deviceOptions,
    ...caseOptions,
    batch: { type: 'string', value: 'N', help: "another batch size than the nets' own" },
    seconds: { type: 'string', value: 'S', help: 'time for each kernel (default 1)' },
    force: { type: 'boolean', help: 'measure kernels again that are remembered' },
    'allow-different-bits': {
      type: 'boolean',
      help: 'choose among tiles that change the order of summation, too',
    },
    list: { type: 'boolean', help: 'what is remembered for this device; measures nothing' },
  },
  savesNothing: true,
  run: (values, output) => (values.list ? list(values, output) : tune(values, output)),
};

interface Row extends RememberedTile {
  readonly tried: number;
}

async function tune(values: Values, output: Output): Promise<void> {
  const store = await tileStore();
  const path = store.tileFile();
  if (!path) throw new Error('GLASSBOX_TILES is none: name a file, or unset it, for tiles to be remembered');
  const { devices, problem, outdated } = store.readTileFile(path);
  if (problem && !outdated) throw new Error(problem);
  const device = await openChosenDevice(values);
  try {
    const key = store.tileKey(device.info);
    const before = Object.hasOwn(devices, key) ? devices[key] : undefined;
    const allowDifferentBits = values['allow-different-bits'] === true;
    const time = seconds(values, 'seconds', 1);
    output.note(
      `${deviceTitle(device)}: collecting the kernels of ${chosenCases(values).map(({ name }) => name)}`,
    );
    const all = collect(device, values);
    const known = values.force ? undefined : usable(before, allowDifferentBits);
    const wanted = all.filter((tunable) => !known?.has(tunableKey(tunable)));
    const about = Math.ceil(wanted.length * (time + 1));
    output.note(
      `${wanted.length} kernels to measure, ${all.length - wanted.length} remembered: about ${about} s, ` +
        'longer on a busy machine',
    );
    const start = performance.now();
    const rows = await measureAll(device, wanted, { seconds: time, allowDifferentBits }, output);
    const measured = new Set(rows.map(({ kernel, text }) => `${kernel} ${text}`));
    const kept = [...(known?.values() ?? before?.kernels ?? [])].filter(
      ({ kernel, text }) => !measured.has(`${kernel} ${text}`),
    );
    const tiles: DeviceTiles = {
      measured: output.machine.date.slice(0, 10),
      // Asked for now, or before by what is kept.
      allowDifferentBits: allowDifferentBits || kept.some(({ sameBits }) => !sameBits),
      kernels: [...kept, ...rows.map(({ tried: _, ...row }) => row)],
    };
    if (rows.length > 0) await store.writeTiles(path, key, tiles);
    print(`Tiles of ${deviceTitle(device)}`, rows, output);
    const gained = rows.filter(({ tile }) => Object.keys(tile).length > 0).length;
    output.remark(
      `${rows.length} kernels measured in ${((performance.now() - start) / 1000).toFixed(1)} s, ${gained} ` +
        `of them with another tile than the default; ${path}`,
    );
  } finally {
    await device.destroy();
  }
}

/** What need not be measured again. With different bits allowed, what was measured without them must. */
function usable(before: DeviceTiles | undefined, allow: boolean): Map<string, RememberedTile> | undefined {
  if (!before || (allow && !before.allowDifferentBits)) return undefined;
  return new Map(before.kernels.map((entry) => [`${entry.kernel} ${entry.text}`, entry]));
}

function collect(device: Device, values: Values): Tunable[] {
  const found = new Map<string, Tunable>();
  for (const benchmark of chosenCases(values)) {
    const batch = integer(values, 'batch') ?? benchmark.batches[0];
    for (const tunable of tunablesOf(device, benchmark, batch)) found.set(tunableKey(tunable), tunable);
  }
  return [...found.values()];
}

async function measureAll(
  device: Device,
  tunables: readonly Tunable[],
  options: { readonly seconds: number; readonly allowDifferentBits: boolean },
  output: Output,
): Promise<Row[]> {
  const line = new StatusLine();
  const rows: Row[] = [];
  for (const tunable of tunables) {
    const usual = tunable.build();
    const shapes = shapesOf(usual.kernels[0]);
    const done = `${bar(rows.length / tunables.length, 24)} ${rows.length}/${tunables.length}`;
    line.draw(() => `${done} ${tunable.kernel} ${shapes}`.slice(0, line.columns), true);
    const choice = await measureTunable(device, tunable, options);
    const row = { kernel: tunable.kernel, shapes, text: planHash(usual), ...remembered(choice) };
    rows.push({ ...row, tried: choice.tried });
    output.row(row);
    if (choice.otherBits.length > 0) {
      line.clear();
      const tiles = choice.otherBits.map(describeTile).join('; ');
      output.note(
        `${tunable.kernel} ${shapes}: other bits than the default on this device, left out: ${tiles}`,
      );
    }
  }
  line.clear();
  return rows;
}

function remembered({ tile, chosenText, sameBits, ms, defaultMs }: Choice) {
  const digits = (value: number) => Number(value.toPrecision(4));
  return { tile, chosenText, sameBits, ms: digits(ms), defaultMs: digits(defaultMs) };
}

async function list(values: Values, output: Output): Promise<void> {
  const store = await tileStore();
  const path = store.tileFile();
  const device = await openChosenDevice(values);
  try {
    const table = await measuredTiles(device);
    const { devices } = path ? store.readTileFile(path) : { devices: {} };
    const found = devices[store.tileKey(device.info)];
    const title = `Remembered for ${deviceTitle(device)}`;
    if (!table || !found) output.remark(`${title}: nothing (${path ?? 'GLASSBOX_TILES is none'})`);
    else {
      for (const row of found.kernels) output.row(row);
      print(`${title}, measured ${found.measured}`, found.kernels, output);
      output.remark(
        `${found.kernels.length} kernels, ${table.size} with another tile than the default; ${path}`,
      );
    }
  } finally {
    await device.destroy();
  }
}

function print(title: string, rows: readonly RememberedTile[], output: Output): void {
  output.table(title, rows, [
    { title: 'kernel', value: (r) => r.kernel },
    { title: 'shapes', value: (r) => r.shapes },
    { title: 'default ms', value: (r) => r.defaultMs, digits: 4 },
    { title: 'ms', value: (r) => r.ms, digits: 4 },
    { title: 'gain', value: (r) => r.defaultMs / r.ms, digits: 2 },
    { title: 'tile', value: (r) => describeTile(r.tile) || 'default' },
    { title: 'bits', value: (r) => (r.sameBits ? 'same' : 'different') },
  ]);
}
