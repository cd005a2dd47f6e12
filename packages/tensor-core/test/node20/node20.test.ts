import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { features, WasmRuntime } from '@glassbox/wgsl-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainJavaScript, root } from '../../../../scripts/plain-javascript.ts';
import { WasmDevice } from '../../src/device/devices.ts';
import { trainingLosses } from '../support/training.ts';

/** A Node on the PATH that is too old to strip types and to multiply and add in one instruction. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
  .filter((file) => existsSync(file))
  .find((file) => {
    const version = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout ?? '';
    const major = Number.parseInt(version, 10);
    return major >= 20 && major < 24;
  });

if (!olderNode) console.warn('Tests with an older Node need Node 20 to 23 on the PATH.');

/** `nn` and every package of the project that it is built on. */
const packages = new Set(['nn']);
for (const name of packages) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  for (const used of Object.keys(manifest.dependencies ?? {}))
    if (used.startsWith('@glassbox/')) packages.add(used.slice('@glassbox/'.length));
}

/** Writes the packages as JavaScript into a folder, laid out as here, found by name through its node_modules. */
function writePackages(folder: string): void {
  const rename = (specifier: string) => specifier.replace(/\.ts$/, '.js');
  for (const name of packages) {
    const files = globSync(['src/**/*.ts', 'test/support/training.ts'], {
      cwd: join(root, 'packages', name),
    });
    for (const file of files) {
      const target = join(folder, 'packages', name, rename(file));
      mkdirSync(dirname(target), { recursive: true });
      const source = readFileSync(join(root, 'packages', name, file), 'utf8');
      writeFileSync(target, plainJavaScript(source, rename));
    }
    const link = join(folder, 'node_modules', '@glassbox', name);
    mkdirSync(link, { recursive: true });
    const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const entries = Object.entries<string>(exports).map(([entry, source], index) => {
      const target = join('../../../packages', name, rename(source)).replaceAll('\\', '/');
      writeFileSync(join(link, `${index}.js`), `export * from '${target}';\n`);
      return [entry, `./${index}.js`];
    });
    const manifest = { type: 'module', exports: Object.fromEntries(entries) };
    writeFileSync(join(link, 'package.json'), JSON.stringify(manifest));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

const program = (threads: number) => `
import { openDevice } from '@glassbox/tensor-core';
import { trainingLosses } from './packages/tensor-core/test/support/training.js';
const device = await openDevice({ device: 'wasm', threads: ${threads} });
const losses = await trainingLosses(device);
console.log(JSON.stringify({ losses, ...device.info }));
await device.destroy();
`;

describe.runIf(olderNode)('the wasm device in an older Node (needs Node 20 to 23 on the PATH)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-node20-'));
  let expected: readonly number[];

  beforeAll(async () => {
    writePackages(folder);
    const device = new WasmDevice(new WasmRuntime(1, { ...features(), relaxedSimd: false }));
    expected = await trainingLosses(device);
    await device.destroy();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(threads: number) {
    const file = join(folder, `train-${threads}.js`);
    writeFileSync(file, program(threads));
    // Without NODE_OPTIONS: what they hold is meant for this Node.
    const env = { PATH: process.env.PATH };
    return JSON.parse(execFileSync(olderNode!, [file], { encoding: 'utf8', env, timeout: 100_000 }));
  }

  it.each([1, 2])(
    'with threads: %i, trains to the bits that this Node gives without fused multiply-add',
    (threads) => {
      const { losses, ...info } = run(threads);
      expect(info).toMatchObject({ kind: 'wasm', adapter: 'WebAssembly SIMD', threads });
      expect(losses).toEqual(expected);
    },
  );

  it('is close to what fused multiply-add gives', async () => {
    const device = await WasmDevice.open({ threads: 1 });
    const fused = await trainingLosses(device);
    await device.destroy();
    fused.forEach((loss, step) => {
      expect(Math.abs(loss - expected[step]) / loss).toBeLessThan(1e-4);
    });
    // Had both been computed alike, the comparison above would say nothing of the fall-back.
    expect(fused).not.toEqual(expected);
  });
});
