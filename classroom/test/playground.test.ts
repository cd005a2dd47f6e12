import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noisyLabels } from '../src/playground/data.ts';
import {
  type Block,
  bounds,
  type Changes,
  defaultState,
  fromAddress,
  maxAddress,
  maxBlocks,
  optimizers,
  type PlaygroundState,
  problemOf,
  sizesOf,
  toAddress,
} from '../src/playground/spec.ts';
import { Trace } from '../src/playground/trace.ts';
import { Training } from '../src/playground/training.ts';

const number = (name: keyof typeof bounds) => {
  const { low, high, whole } = bounds[name];
  return whole
    ? fc.integer({ min: low, max: high })
    : fc.double({ min: low, max: high, noNaN: true }).map(Math.abs); // -0 is written as 0
};
const block: fc.Arbitrary<Block> = fc.record({
  channels: number('channels'),
  stride: number('stride'),
  padding: number('padding'),
});
const states: fc.Arbitrary<PlaygroundState> = fc
  .record({
    spec: fc.record({
      blocks: fc.array(block, { minLength: 1, maxLength: maxBlocks }),
      batchNorm: fc.boolean(),
      dropout: number('dropout'),
      optimizer: fc.constantFrom(...optimizers),
      lr: number('lr'),
      momentum: number('momentum'),
      decay: number('decay'),
      batch: number('batch'),
      seed: number('seed'),
      labels: number('labels'),
      noise: number('noise'),
    }),
    steps: number('steps'),
    image: number('image'),
    at: fc.option(number('at'), { nil: undefined }),
    compared: fc.oneof(
      fc.record({ pin: number('pin') }),
      fc.record({
        fork: fc.record({
          at: number('fork'),
          changes: fc.record(
            {
              batchNorm: fc.boolean(),
              dropout: number('dropout'),
              optimizer: fc.constantFrom(...optimizers),
              lr: number('lr'),
              momentum: number('momentum'),
              decay: number('decay'),
              seed: number('seed'),
              noise: number('noise'),
            },
            { requiredKeys: [] },
          ),
          frozen: fc.subarray([1, 2, 3, 4, 5]),
        }),
      }),
      fc.constant({}),
    ),
  })
  .map(({ compared, ...state }) => ({ ...state, ...compared }))
  .filter((state) => !problemOf(state.spec) && isConsistent(state));

/** Steps lie within the training, and a second run says only what is other than in the first. */
function isConsistent({ spec, steps, at = 0, pin = 0, fork }: PlaygroundState): boolean {
  if (at >= steps || pin > steps || (fork?.at ?? 0) > steps) return false;
  if (!fork) return true;
  const same = Object.entries(fork.changes).some(([name, value]) => spec[name as keyof Changes] === value);
  return !same && fork.frozen.every((unit) => unit <= spec.blocks.length + 1);
}

describe('addresses', () => {
  it('carry every state there and back, in far less than 2 KB', () => {
    fc.assert(
      fc.property(states, (state) => {
        const text = toAddress(state);
        expect(text.length).toBeLessThan(512);
        expect(fromAddress(text)).toEqual({ state, problems: [] });
        expect(fromAddress(encodeURI(text)).problems).toEqual([]);
      }),
    );
  });

  it.each([
    ['net=8s9p1', 'net'],
    ['net=', 'net'],
    ['net=8s1p1-8s1p1-8s1p1-8s1p1-8s1p1', 'net'],
    ['net=99999s1p1', 'net'],
    ['bn=yes', 'choice'],
    ['opt=magic', 'choice'],
    ['lr=-1', 'range'],
    ['lr=Infinity', 'range'],
    ['lr=NaN', 'range'],
    ['lr=1e999', 'range'],
    ['batch=2.5', 'range'],
    ['steps=1e99', 'range'],
    ['image=200', 'range'],
    ['channels=8', 'unknown'],
    ['__proto__=1', 'unknown'],
    ['toString=1', 'unknown'],
    ['seed=1&seed=2', 'repeated'],
    ['steps=10&at=11', 'later'],
    ['steps=10&pin=11', 'later'],
    ['steps=10&fork=11', 'later'],
    ['steps=10&fork=5&pin=3', 'oneOf'],
    ['steps=10&b.lr=0.1', 'noFork'],
    ['steps=10&fork=5&b.lr=-1', 'range'],
    ['steps=10&fork=5&b.batch=8', 'unknown'],
    ['steps=10&fork=5&b.__proto__=8', 'unknown'],
    ['steps=10&fork=5&b.freeze=', 'freeze'],
    ['steps=10&fork=5&b.freeze=5', 'freeze'],
    ['steps=10&fork=5&b.freeze=2-1', 'freeze'],
    ['steps=10&fork=5&b.freeze=1-1', 'freeze'],
    ['net=8s3p0-8s3p0-8s3p0-8s3p0', 'tooSmall'],
    ['batch=64&labels=50', 'batchAboveLabels'],
    ['x'.repeat(maxAddress + 1), 'long'],
  ])('%s: says what is wrong', (text, kind) => {
    const { state, problems } = fromAddress(text);
    expect(problems.map((problem) => problem.kind)).toContain(kind);
    expect(problemOf(state.spec)).toBeUndefined();
  });

  it('whatever they hold, give a state that can be trained', () => {
    const part = fc.tuple(
      fc.constantFrom(
        ...['net', 'bn', 'lr', 'labels', 'batch', 'steps', 'at', 'pin', 'fork', 'b.lr', 'b.freeze'],
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => String(new URLSearchParams(parts))),
        ),
        (text) => {
          expect(problemOf(fromAddress(text).state.spec)).toBeUndefined();
        },
      ),
    );
  });
});

describe('noise', () => {
  it('turns exactly its share of the labels over', () => {
    const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 2);
    for (const noise of [0, 0.05, 0.5]) {
      const wrong = noisyLabels(labels, noise).filter((label, row) => label !== labels[row]);
      expect(wrong.length).toBe(100 * noise);
    }
  });
});

describe('the fingerprint', () => {
  it('is FNV-1a over the bytes of floats', () => {
    const trace = new Trace();
    expect(trace.digest).toBe('cbf29ce484222325');
    // The four bytes of this float are those of "foob", whose FNV-1a of 64 bits is published.
    trace.add(new DataView(new TextEncoder().encode('foob').buffer).getFloat32(0, true));
    expect(trace.digest).toBe('dd120e790c2512af');
  });
});

describe('a training', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ device: 'wasm', threads: 2 });
  });
  afterAll(() => runtime.destroy());

  const { spec } = defaultState;

  async function lossesOf(training: Training, steps: number): Promise<number[]> {
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) losses.push(await training.step());
    training.dispose();
    return losses;
  }

  it('gives the same losses again, and others with another seed', async () => {
    const small = { ...spec, dropout: 0.25, labels: 100 };
    const first = new Training(runtime, small);
    const losses = await lossesOf(first, 8);
    const again = new Training(runtime, small);
    expect(await lossesOf(again, 8)).toEqual(losses);
    expect(again.trace).toBe(first.trace);
    expect(await lossesOf(new Training(runtime, { ...small, seed: 1 }), 8)).not.toEqual(losses);
  });

  it('is the same whether it is looked at or not', async () => {
    const small = { ...spec, labels: 64 };
    const losses = await lossesOf(new Training(runtime, small), 5);
    const watched = new Training(runtime, small);
    const seen: number[] = [];
    for (let step = 0; step < 5; step++) {
      seen.push(await watched.step());
      await watched.walk(new Uint8Array(28 * 28).fill(step));
      await watched.test();
    }
    watched.dispose();
    expect(seen).toEqual(losses);
  });

  it('learns the phantoms', async () => {
    const training = new Training(runtime, spec);
    await lossesOf(training, 180);
    expect((await training.test()).accuracy).toBeGreaterThan(0.68);
  });

  it.each([
    { ...spec, optimizer: 'adam', momentum: 0, lr: 0.001, batch: 1, labels: 10 },
    { ...spec, optimizer: 'adamw', decay: 0.1, batchNorm: false, noise: 0.5, dropout: 0.9 },
    { ...spec, blocks: [{ channels: 1, stride: 3, padding: 0 }] },
    { ...spec, blocks: Array(4).fill({ channels: 3, stride: 1, padding: 2 }), batch: 256 },
  ] as const)(
    'of other settings has finite losses and maps of the sizes that are drawn: %#',
    async (other) => {
      const training = new Training(runtime, other);
      for (const loss of await lossesOf(training, 3)) expect(loss).toBeGreaterThan(0);
      const walk = await training.walk(new Uint8Array(28 * 28).fill(99));
      const convolutions = walk.layers.filter(({ kind }) => kind === 'conv');
      expect(convolutions.map(({ output }) => output.shape[1])).toEqual(sizesOf(other.blocks));
      for (const { output } of walk.layers) {
        expect(output.values.length).toBe(output.shape.reduce((size, each) => size * each, 1));
      }
      expect(walk.probabilities[0] + walk.probabilities[1]).toBeCloseTo(1, 6);
    },
  );
});
