/** `npm run doctor [-- --json]`: what this machine offers, what `--device auto` chooses, and why. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseCommandLine, runProgram } from '@glassbox/host/command-line';
import { type ProbeResult, probeDevices, tileStore } from '@glassbox/tensor-core';
import { chosenDevice, deviceFlags, deviceOf } from '@glassbox/tensor-core/command-line';

const help = `
npm run doctor [-- --json --wide on|off]

Lists the adapters found, the features and limits that matter, what --device auto chooses and why,
what to do when there is none, and what npm run tune has remembered for them.
`.trim();

await runProgram(help, async () => {
  const { values } = parseCommandLine(process.argv.slice(2), {
    json: { type: 'boolean', default: false },
    wide: deviceFlags.wide,
  });
  const { device: _, ...options } = deviceOf(chosenDevice({ wide: values.wide }));
  const probe = await probeDevices(options);
  const machine = {
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  const tiles = await measuredTiles(probe);
  if (values.json) console.log(JSON.stringify({ machine, ...probe, tiles }, null, 2));
  else print(machine, probe, tiles);
  return probe.choice ? 0 : 1;
});

/** What `npm run tune` has remembered, and where. */
interface TilesReport {
  readonly file: string | null;
  /** Why the file says nothing. */
  readonly problem: string | null;
  readonly devices: readonly { readonly title: string; readonly measured: number; readonly other: number }[];
}

async function measuredTiles({ devices }: ProbeResult): Promise<TilesReport> {
  const { tileFile, tileKey, readTileFile, rememberedTiles } = await tileStore();
  const file = tileFile();
  if (!file) return { file: null, problem: null, devices: [] };
  const reading = readTileFile(file);
  const found = devices.flatMap(({ info }) => {
    const table = info && rememberedTiles(info).table;
    if (!table) return [];
    return [
      { title: tileKey(info), measured: reading.devices[tileKey(info)].kernels.length, other: table.size },
    ];
  });
  return { file, problem: reading.problem ?? null, devices: found };
}

function printTiles({ file, problem, devices }: TilesReport): void {
  if (!file) console.log('\nmeasured tiles: none (GLASSBOX_TILES is none)');
  else if (problem) console.log(`\nmeasured tiles: none; ${problem}`);
  else if (devices.length === 0) console.log(`\nmeasured tiles: none in ${file}; npm run tune measures them`);
  else {
    console.log(`\nmeasured tiles in ${file}`);
    for (const { title, measured, other } of devices)
      console.log(
        `  ${title}\n    ${measured} kernels measured, ${other} with another tile than the default`,
      );
  }
}

function print(
  machine: Record<string, string | number>,
  { devices, choice, reason, advice }: ProbeResult,
  tiles: TilesReport,
): void {
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)}${value}`);
  for (const { kind, title, found, detail, features, limits } of devices) {
    console.log(`\n${kind}: ${title}`);
    console.log(`  ${found ? 'found' : 'not found'}: ${detail}`);
    if (features?.length) console.log(`  features  ${features.join(', ')}`);
    for (const [name, value] of Object.entries(limits ?? {})) console.log(`  ${name.padEnd(36)}${value}`);
  }
  console.log(`\n--device auto chooses: ${choice ?? 'nothing'}\n  ${reason}`);
  for (const line of advice) console.log(`  ${line}`);
  printTiles(tiles);
}
