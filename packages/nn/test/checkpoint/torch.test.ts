import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  isHostTensor,
  parseTorch,
  readTorch,
  type TorchValue,
  torchStateDict,
} from '../../src/checkpoint/index.ts';
import type { HostTensor } from '../../src/module/state-dict.ts';
import { PracticalNet } from '../../src/nets/practical-net.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';
import * as p from './support/pickles.ts';

/** Files of torch.save are read to the values that PyTorch had (recorded by fixtures/torch/record.py). */

const path = (name: string) => fileURLToPath(new URL(`../fixtures/torch/${name}`, import.meta.url));
const recorded = JSON.parse(readFileSync(path('values.json'), 'utf8'));

const hostTypes: Record<string, string> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F32',
  bfloat16: 'F32',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

// biome-ignore lint/suspicious/noExplicitAny: JSON of record.py
function expectSame(value: TorchValue, expected: any, where: string): void {
  if (expected?.tensor) {
    const { dtype, shape, data } = value as HostTensor;
    expect(dtype, where).toBe(hostTypes[expected.tensor.slice('torch.'.length)]);
    expect(shape, where).toEqual(expected.shape);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const values = expected.values.map((v: any) =>
      'bigint' in Object(v) ? BigInt(v.bigint) : Number(number(v)),
    );
    const found = dtype === 'I64' ? Array.from(data as BigInt64Array, simple) : Array.from(data, Number);
    expect(found, where).toEqual(values);
  } else if (Array.isArray(expected)) {
    expect((value as TorchValue[]).length, where).toBe(expected.length);
    expected.forEach((item, i) => {
      expectSame((value as TorchValue[])[i], item, `${where} ${i}`);
    });
  } else if (expected?.map) {
    expect(value).toBeInstanceOf(Map);
    const map = value as Map<TorchValue, TorchValue>;
    expect([...map.keys()], where).toEqual(expected.map.map(([key]: [unknown]) => key));
    for (const [key, item] of expected.map) expectSame(map.get(key)!, item, `${where} ${key}`);
  } else if (expected?.set) {
    expect([...(value as Set<unknown>)].map(String).sort(), where).toEqual(expected.set);
  } else if (expected?.bytes) {
    expect(value, where).toEqual(Uint8Array.from(expected.bytes));
  } else if (expected?.bigint) {
    expect(value, where).toBe(BigInt(expected.bigint));
  } else {
    expect(value, where).toBe(number(expected));
  }
}

/** A number, also where JSON lacks it; tensors of booleans hold 0 and 1. */
function number(value: unknown): unknown {
  const name = (value as { float?: string } | null)?.float;
  return name === undefined ? value : Number(name.replace('inf', 'Infinity'));
}
const simple = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

describe('readTorch', () => {
  it.each(['kinds.pt', 'kinds-legacy.pth', 'kinds-protocol5.pt', 'kinds-legacy-protocol4.pth'])(
    '%s: tensors of every kind, containers, numbers, texts',
    async (name) => {
      const value = await readTorch(path(name));
      expectSame(value, recorded.kinds, name);
      const { shared, whole } = Object.fromEntries(value as Map<string, TorchValue>);
      // One list with one tensor twice; tensors of their own where PyTorch has views.
      expect((shared as TorchValue[])[0]).toBe((shared as TorchValue[])[1]);
      expect(isHostTensor(whole)).toBe(true);
    },
  );

  it('a training checkpoint, with the state of its optimiser', async () => {
    const value = (await readTorch(path('checkpoint.pth'))) as Map<string, TorchValue>;
    expect(value.get('epoch')).toBe(3);
    expect(value.get('best_auc')).toBe(0.75);
    expect(value.get('note')).toBe('Größe');
    expect(value.get('device')).toBe('cpu');
    expectSame(value.get('optimizer')!, recorded.optimizer, 'optimizer');
  });

  it('big-endian bytes, and types that PyTorch 1.13 has not', async () => {
    const v3 = (key: string, dtype: string, count: number) =>
      p.call(
        p.global('torch._utils', '_rebuild_tensor_v3'),
        p.bytes(
          p.tuple(
            p.text('storage'),
            p.global('torch.storage', 'UntypedStorage'),
            p.text(key),
            p.text('cpu'),
            p.int(4),
          ),
          'Q',
        ),
        p.int(0),
        p.tuple(p.int(count)),
        p.tuple(p.int(1)),
        p.bytes(0x89),
        p.call(p.global('collections', 'OrderedDict')),
        p.global('torch', dtype),
      );
    const file = await p.archive(
      p.pickle(
        p.tuple(
          v3('0', 'uint16', 2),
          v3('1', 'float8_e4m3fn', 4),
          p.tensor(p.storage('FloatStorage', '2', 1), 0, [], []),
        ),
      ),
      { 0: p.bytes(1, 2, 0xff, 0xfe), 1: p.bytes(0x38, 0x7e, 0xb8, 0x01), 2: p.bytes(0x3f, 0xc0, 0, 0) },
      { 'archive/byteorder': p.bytes('big') },
    );
    expect(await parseTorch(file)).toEqual([
      { dtype: 'U16', shape: [2], data: Uint16Array.of(0x102, 0xfffe) },
      { dtype: 'F32', shape: [4], data: Float32Array.of(1, 448, -1, 2 ** -9) },
      { dtype: 'F32', shape: [], data: Float32Array.of(1.5) },
    ]);
  });

  it('names the file, a missing one too', async () => {
    await expect(readTorch(path('absent.pt'))).rejects.toThrow(CheckpointError);
    await expect(readTorch(path('absent.pt'))).rejects.toThrow(/absent\.pt: there is no such file/);
    await expect(parseTorch(new Uint8Array(3), { name: 'tiny.pt' })).rejects.toThrow(
      /^tiny\.pt: is not a file of/,
    );
  });

  it('names a file of another kind and converts it', async () => {
    const npz = await p.archive(p.bytes('x'), {}, { 'a.npy': p.bytes(1) });
    await expect(parseTorch(npz.slice(0, -4))).rejects.toThrow(/cut off|no end record/);
    const safetensors = readFileSync(new URL('../fixtures/pytorch.safetensors', import.meta.url));
    await expect(parseTorch(safetensors)).rejects.toThrow(/it looks like a safetensors file.*torch\.save\(/);
  });
});

describe('torchStateDict', () => {
  const names = async (file: string, options = {}) => [
    ...torchStateDict(await readTorch(path(file)), options).keys(),
  ];

  it('finds the weights in a checkpoint', async () => {
    const expected = await names('cnn.pt');
    expect(expected).toContain('bn1.num_batches_tracked');
    expect(await names('checkpoint.pth')).toEqual(expected);
    expect(await names('two-parts.pth', { part: 'ema' })).toEqual(expected);
    await expect(names('two-parts.pth')).rejects.toThrow(/several state dicts: 'model', 'ema'.*option part/);
    await expect(names('two-parts.pth', { part: 'modle' })).rejects.toThrow(
      /none|no state dict under 'modle'/,
    );
    await expect(names('kinds.pt')).rejects.toThrow(/no state dict; its entries are 'float64'/);
  });

  it('explains the names of DataParallel', async () => {
    await expect(names('parallel.pth')).rejects.toThrow(/DataParallel.*\{ prefix: 'module\.' \}/);
    expect(await names('parallel.pth', { prefix: 'module.' })).toEqual(await names('cnn.pt'));
    expect((await names('parallel.pth', { prefix: '' }))[0]).toBe('module.conv1.weight');
    await expect(names('cnn.pt', { prefix: 'module.' })).rejects.toThrow(/does not begin with 'module\.'/);
  });
});

describe.each(await openTestRuntimes())('on $name', ({ runtime }) => {
  it.each(['cnn.pt', 'cnn-legacy.pth', 'checkpoint.pth', 'channels-last.pt', 'cnn-half.pt'])(
    "%s gives PyTorch's logits",
    async (name) => {
      const net = new PracticalNet(runtime, { widths: [4, 6], imageSize: 12 });
      net.loadStateDict(torchStateDict(await readTorch(path(name))));
      net.eval();
      const logits = await net.forward(tensor(runtime, recorded.images, [5, 1, 12, 12])).array();
      const limit = name === 'cnn-half.pt' ? 5e-3 : 2e-6;
      expect(largestDifference(logits, recorded.logits)).toBeLessThan(limit);
    },
  );
});
