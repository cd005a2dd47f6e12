import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { decodePictures } from '../packages/images/src/files/index.ts';
import * as nn from '../packages/nn/src/index.ts';
import * as core from '../packages/tensor-core/src/index.ts';

/** docs/augmentation.md is held to the packages: its code runs, and its pictures are those of examples/augment.ts. */
const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/augmentation.md'), 'utf8');

type AsyncFunctionConstructor = new (...text: string[]) => (...values: unknown[]) => Promise<unknown>;
const AsyncFunction = (async () => {}).constructor as AsyncFunctionConstructor;

it('shows code that runs', async () => {
  const runtime = await core.openRuntime({ device: 'wasm' });
  try {
    const init = new nn.Init(runtime, 0);
    const net = new nn.Sequential(new nn.Flatten(), new nn.Linear(init, 64, 2));
    const images = Uint8Array.from({ length: 512 }, (_, i) => (37 * i) % 256);
    const data = nn.examples(runtime, {
      images,
      labels: Uint8Array.of(0, 1, 1, 0, 1, 0, 0, 1),
      shape: [1, 8, 8],
    });
    const names = {
      ...core,
      nn,
      runtime,
      net,
      train: data,
      val: data,
      loss: nn.crossEntropyLoss(),
      optimizer: new nn.SGD(net.parameters(), { lr: 0.1 }),
    };
    const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    const code = blocks.join('\n').replace(/^import .*\n/gm, '');
    const tries = `
      const fade = new RandomFade(init);
      const x = tensor(runtime, new Float32Array(128).fill(1), [2, 1, 8, 8]);
      return [await augment.forward(x).array(), await fade.forward(x).array(), fade.eval().forward(x) === x];`;
    const run = new AsyncFunction(...Object.keys(names), stripTypeScriptTypes(code) + tries);
    const [augmented, faded, same] = (await run(...Object.values(names))) as [
      Float32Array,
      Float32Array,
      boolean,
    ];
    expect(augmented).toHaveLength(128);
    expect(new Set(faded).size).toBe(2);
    expect(same).toBe(true);
  } finally {
    await runtime.destroy();
  }
});

it('shows the pictures that examples/augment.ts makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-augment-'));
  try {
    const done = spawnSync(process.execPath, [join(root, 'examples/augment.ts'), folder], {
      encoding: 'utf8',
    });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const made = readdirSync(folder);
    const shown = [...page.matchAll(/\(figures\/(augment-\w+\.png)\)/g)].map(([, file]) => file);
    expect(shown.sort()).toEqual(made.sort());
    // Machines may compress a picture in other ways; its pixels are the same.
    const pixels = (path: string) => decodePictures(readFileSync(path));
    for (const file of made) {
      expect(pixels(join(folder, file)), file).toEqual(pixels(join(root, 'docs/figures', file)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('names every module', () => {
  const modules = Object.entries(nn).filter(
    ([, value]) =>
      typeof value === 'function' &&
      (value.prototype instanceof nn.RandomModule || value.prototype instanceof nn.MixModule),
  );
  expect(modules.length).toBeGreaterThan(6);
  for (const [name] of modules) expect(page).toContain(`\`${name}(`);
});
