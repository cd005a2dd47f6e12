import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { metricsLog } from '../packages/logs/src/index.ts';
import * as nn from '../packages/nn/src/index.ts';
import * as pickles from '../packages/nn/test/checkpoint/support/pickles.ts';
import { toOnnx } from '../packages/onnx/src/index.ts';
import * as core from '../packages/tensor-core/src/index.ts';
import { methods } from '../packages/tensor-core/src/methods.ts';

/** docs/coming-from-pytorch.md is held to the packages: every piece of code in its tables and its loop runs. */
const page = readFileSync(resolve(import.meta.dirname, '../docs/coming-from-pytorch.md'), 'utf8');

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| PyTorch |'))
  .map((line) => line.slice(2, -2).split(' | '));
/** Code of the right column; words and names of options stand there, too. */
const pieces = [
  ...new Set(rows.flatMap(([, right]) => [...right.matchAll(/`([^`]+)`/g)].map(([, code]) => code))),
].filter((code) => /[(.]/.test(code));

const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

const runtime = await core.openRuntime({ device: 'wasm' });
const folder = mkdtempSync(join(tmpdir(), 'glassbox-coming-from-pytorch-'));
const path = join(folder, 'net.safetensors');
const weights = join(folder, 'net.pth');
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await runtime.destroy();
});

/** What the page says there is. */
function scope() {
  const init = new nn.Init(runtime, 0);
  const net = new nn.Sequential(
    new nn.Conv2d(init, 1, 2, { kernelSize: 3 }),
    new nn.BatchNorm2d(init, 2),
    new nn.Flatten(),
    new nn.Linear(init, 2 * 6 * 6, 2),
  );
  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
  return {
    ...core,
    nn,
    toOnnx,
    runtime,
    init,
    net,
    optimizer: new nn.SGD(net.parameters(), { lr: 0.1 }),
    x: core.tensor(runtime, values(6), [2, 3]),
    y: core.tensor(runtime, values(6).reverse(), [2, 3]),
    images: core.imageTensor(runtime, values(128), [2, 1, 8, 8]),
    labels: core.tensor(runtime, [0, 1], [2], { dtype: 'u32' }),
    data: nn.examples(runtime, {
      images: Uint8Array.from({ length: 512 }, (_, i) => (37 * i) % 256),
      labels: Uint8Array.of(0, 1, 1, 0, 1, 0, 0, 1),
      shape: [1, 8, 8],
    }),
    loss: nn.crossEntropyLoss(),
    path,
    weights,
    folder,
    metricsLog,
  };
}

type AsyncFunctionConstructor = new (...text: string[]) => (...values: unknown[]) => Promise<unknown>;
const AsyncFunction = (async () => {}).constructor as AsyncFunctionConstructor;

async function run(body: string): Promise<unknown> {
  const names = scope();
  return new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
}

/** A file as torch.save writes it of a state dict. */
async function torchFile(state: nn.StateDict): Promise<Uint8Array> {
  const entries = [...state].map(([name, { dtype, shape, data }], key) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    const type = dtype === 'I64' ? 'LongStorage' : 'FloatStorage';
    return [
      pickles.text(name),
      pickles.tensor(pickles.storage(type, String(key), data.length), 0, shape, strides),
    ];
  });
  const storages = [...state.values()].map(({ data }, key) => [key, new Uint8Array(data.buffer)]);
  return pickles.archive(
    pickles.pickle(pickles.bytes('}(', ...entries.flat(), 'u')),
    Object.fromEntries(storages),
  );
}

describe('coming from PyTorch', () => {
  beforeAll(async () => writeFileSync(weights, await torchFile(await scope().net.stateDict())));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  beforeEach(() => {
    log.mockClear();
  });

  it('has tables of two columns', () => {
    expect(rows.length).toBeGreaterThan(80);
    for (const row of rows) expect(row, row.join(' | ')).toHaveLength(2);
    expect(pieces.length).toBeGreaterThan(110);
  });

  it.each(pieces)('%s', async (code) => {
    // There must be a file to read.
    const before = code.includes('readSafetensors')
      ? 'await nn.writeSafetensors(path, await net.stateDict());'
      : '';
    const result = await run(`${before} return (${code});`);
    // A call of a name that does not exist throws; a member that does not exist is undefined.
    if (/^[\w.]+$/.test(code)) expect(result).not.toBeUndefined();
    if (before) expect([...(result as nn.StateDict).keys()]).toContain('3.weight');
  });

  it('has a module that computes', async () => {
    await run(blocks[0]);
    expect(log.mock.calls).toEqual([[[2, 2]]]);
  });

  it('has a loop that learns', async () => {
    await run(blocks[1]);
    const [first, second] = log.mock.calls.map(([loss]) => loss as number);
    expect(second).toBeLessThan(first);
  });

  it('names every method, layer, optimiser, loss and schedule', () => {
    const wanted = [
      ...Object.keys(methods).filter((name) => !['contiguous', 'toLayout', 'sumToSize'].includes(name)),
      ...Object.entries(nn).flatMap(([name, value]) => {
        if (typeof value !== 'function') return [];
        const { prototype } = value as { prototype?: unknown };
        const isLayer = prototype instanceof nn.Module || prototype instanceof nn.Optimizer;
        return isLayer || name.endsWith('Loss') ? [name] : [];
      }),
      ...['constant', 'cosine', 'sequential', 'steps', 'multiStep', 'warmUp', 'ReduceLROnPlateau'],
    ].filter(
      (name) =>
        ![
          'Block',
          'OpLayer',
          'DropoutLayer',
          'RandomModule',
          'MixModule',
          'PracticalNet',
          'MedMnistNet',
          'Autoencoder',
        ].includes(name),
    );
    const right = rows.map(([, code]) => code).join('\n');
    expect(wanted.filter((name) => !new RegExp(`\\b${name}\\b`).test(right))).toEqual([]);
  });
});
