/**
 * Faults planted in a sound step, each of a kind that a wrong kernel or optimiser makes, and whether the judge sees
 * them; and what is not a fault.
 */
import { fileURLToPath } from 'node:url';
import type { HostTensor, StateDict } from '@glassbox/nn';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Golden, readGolden } from '../../src/parity/golden.ts';
import { type ParityImages, readParityImages } from '../../src/parity/images.ts';
import { judge, right, type StepVerdict } from '../../src/parity/judge.ts';
import type { KeptStep, Part } from '../../src/parity/kept.ts';
import type { ParityOptimizer } from '../../src/parity/spec.ts';
import { runSteps, type StepOutcome } from '../../src/parity/steps.ts';

const fixtures = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const names = [
  'practical-nesterov',
  'practical-edges',
  'practical-rgb-adam',
  'autoencoder-rgb-adamw',
  'medmnist-sgd',
];

interface Sound {
  readonly golden: Golden;
  readonly images: ParityImages;
  readonly outcomes: readonly StepOutcome[];
}
const sound = new Map<string, Sound>();
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
  for (const name of names) {
    const golden = await readGolden(`${fixtures}${name}.npz`);
    const images = await readParityImages(fixtures, golden.spec.dataset);
    sound.set(name, { golden, images, outcomes: await runSteps(runtime, golden, images) });
  }
});
afterAll(() => runtime.destroy());

type Change = (value: number, index: number, data: ArrayLike<number>) => number;

/** The same outcome with one tensor changed. */
function changed({ found, faults }: StepOutcome, part: Part, name: string, change: Change): StepOutcome {
  const tensor = found.get(part)!.get(name)!;
  const data = Float64Array.from(tensor.data as Float32Array, (value, i) =>
    change(Number(value), i, tensor.data as Float32Array),
  );
  const state: StateDict = new Map(found.get(part)!).set(name, {
    ...tensor,
    dtype: 'F64',
    data,
  } as HostTensor);
  return { found: new Map(found).set(part, state), faults };
}

function wrongParts({ tensors }: StepVerdict): string[] {
  return [...new Set(tensors.filter((tensor) => !right(tensor)).map(({ part, name }) => `${part} ${name}`))];
}

const largestOf = (data: ArrayLike<number>) => Math.max(...Array.from(data, Math.abs));

describe('a fault in one tensor', () => {
  const faults: [string, string, Part, string, (step: KeptStep) => Change][] = [
    [
      'a gradient 1e-4 too large',
      'practical-nesterov',
      'gradient',
      'conv1.weight',
      () => (x) => x * (1 + 1e-4),
    ],
    [
      'a gradient 2e-5 too small',
      'autoencoder-rgb-adamw',
      'gradient',
      'deconv2.weight',
      () => (x) => x * (1 - 2e-5),
    ],
    [
      'one value off',
      'medmnist-sgd',
      'gradient',
      'fc1.weight',
      () => (x, i, data) => (i === 7 ? x + 1e-4 * largestOf(data) : x),
    ],
    ["a bias gradient's sign", 'practical-nesterov', 'gradient', 'fc.bias', () => (x) => -x],
    [
      'a value of NaN',
      'practical-nesterov',
      'gradient',
      'bn1.bias',
      () => (x, i) => (i === 0 ? Number.NaN : x),
    ],
    [
      'a transposed weight gradient',
      'medmnist-sgd',
      'gradient',
      'conv2.weight',
      () => (_, i, data) => data[9 * Math.floor(i / 9) + 3 * (i % 3) + (Math.floor(i / 3) % 3)],
    ],
    ['the sum of losses for their mean', 'practical-nesterov', 'loss', 'loss', () => (x) => x * 16],
    [
      'a running mean not updated',
      'medmnist-sgd',
      'buffers',
      'bn1.running_mean',
      ({ before }) =>
        (_, i) =>
          Number(before.get('bn1.running_mean')!.data[i]),
    ],
    [
      'a running variance divided by n, not n - 1',
      'practical-nesterov',
      'buffers',
      'bn3.running_var',
      // 16 images of 3x3.
      ({ before }) =>
        (x, i) =>
          x - (x - 0.9 * Number(before.get('bn3.running_var')!.data[i])) / (16 * 9),
    ],
    ['a step not counted', 'medmnist-sgd', 'buffers', 'bn2.num_batches_tracked', () => (x) => x - 1],
    [
      'momentum 1e-5 too small',
      'practical-nesterov',
      'update/momentum_buffer',
      'conv2.weight',
      () => (x) => x * (1 - 1e-5),
    ],
  ];
  it.each(faults)('%s (%s)', (_, recording, part, name, plant) => {
    const { golden, outcomes } = sound.get(recording)!;
    for (const [index, kept] of golden.kept.entries()) {
      expect(wrongParts(judge(kept, outcomes[index]))).toEqual([]);
      const verdict = judge(kept, changed(outcomes[index], part, name, plant(kept)));
      expect(verdict.pass).toBe(false);
      expect(wrongParts(verdict)).toContain(`${part} ${name}`);
    }
  });

  it('a decay that comes after the update and not before it', () => {
    const { golden, outcomes } = sound.get('autoencoder-rgb-adamw')!;
    const { lr, weightDecay } = golden.spec.optimizer;
    for (const [index, kept] of golden.kept.entries()) {
      let outcome = outcomes[index];
      for (const [name, { data }] of kept.before) {
        // w(1 - lr d) - u becomes (w - u)(1 - lr d): u differs by lr d = 4e-4 of itself, far below what a weight shows.
        outcome = changed(outcome, 'update/parameters', name, (x, i) =>
          Math.fround((x + lr * weightDecay * Number(data[i])) * (1 - lr * weightDecay)),
        );
      }
      expect(wrongParts(judge(kept, outcome))).toContain('update/parameters rate');
    }
  });

  it.each([
    ["Adam's 1 - beta1", 'practical-rgb-adam', 'update/exp_avg', 0.9],
    ["Adam's 1 - beta2", 'autoencoder-rgb-adamw', 'update/exp_avg_sq', 0.99],
  ] as const)('%s taken in float32 (%s)', (_, recording, part, beta) => {
    const { golden, outcomes } = sound.get(recording)!;
    const [kept] = golden.kept;
    let [outcome] = outcomes;
    for (const name of kept.float32Gradient.keys())
      outcome = changed(outcome, part, name, (x) => (x * (1 - Math.fround(beta))) / (1 - beta));
    expect(wrongParts(judge(kept, outcome))).toContain(`${part} rate`);
  });

  it('a recorded step that differs from the step as it runs', () => {
    const { golden, outcomes } = sound.get('medmnist-sgd')!;
    expect(judge(golden.kept[0], { ...outcomes[0], faults: ['something'] }).pass).toBe(false);
  });
});

/** Whole steps on the device, with an optimiser that is another one than PyTorch's was. */
describe('a wrong optimiser', () => {
  const wrong: [string, string, (given: ParityOptimizer) => object][] = [
    ['a rate 1e-6 too large', 'practical-rgb-adam', ({ lr }) => ({ lr: lr * (1 + 1e-6) })],
    ['a rate 6e-7 too large', 'autoencoder-rgb-adamw', ({ lr }) => ({ lr: lr * (1 + 6e-7) })],
    ['no decay', 'practical-nesterov', () => ({ weightDecay: 0 })],
    ['momentum without Nesterov', 'practical-nesterov', () => ({ nesterov: false })],
    ["AdamW's decay for Adam's", 'practical-rgb-adam', () => ({ kind: 'adamw' })],
    ["Adam's decay for AdamW's", 'autoencoder-rgb-adamw', () => ({ kind: 'adam' })],
    ['beta1 rounded to .9000001', 'practical-rgb-adam', () => ({ betas: [0.9000001, 0.999] })],
    ['beta2 off by 1e-7', 'practical-rgb-adam', () => ({ betas: [0.9, 0.9990001] })],
    ['eps of 1e-6 for 1e-7', 'autoencoder-rgb-adamw', () => ({ eps: 1e-6 })],
  ];
  it.each(wrong)('%s (%s)', async (_, name, change) => {
    const { golden, images } = sound.get(name)!;
    const { optimizer } = golden.spec;
    const other = { ...golden, spec: { ...golden.spec, optimizer: { ...optimizer, ...change(optimizer) } } };
    const outcomes = await runSteps(runtime, other as Golden, images);
    const verdicts = outcomes.map((outcome, index) => judge(golden.kept[index], outcome));
    expect(verdicts.some(({ pass }) => !pass)).toBe(true);
    for (const verdict of verdicts) {
      for (const place of wrongParts(verdict)) expect(place).toMatch(/^update\//);
    }
  });

  it('that counts one step too many: bias correction', async () => {
    for (const name of ['practical-rgb-adam', 'autoencoder-rgb-adamw']) {
      const { golden, images } = sound.get(name)!;
      const kept = golden.kept.map((step) => ({ ...step, step: step.step + 1 }));
      const outcomes = await runSteps(runtime, { ...golden, kept }, images);
      for (const [index, outcome] of outcomes.entries()) {
        expect(wrongParts(judge(golden.kept[index], outcome))).toContain('update/parameters rate');
      }
    }
  });
});

describe('decisions within rounding of going the other way', () => {
  const edges = () => {
    const { golden, outcomes } = sound.get('practical-edges')!;
    return { kept: golden.kept[0], outcome: outcomes[0] };
  };
  const withGradient = ({ found, faults }: StepOutcome, gradient: StateDict): StepOutcome => ({
    found: new Map(found).set('gradient', gradient),
    faults,
  });

  it('are in the recording, and may be taken either way', () => {
    const { kept, outcome } = edges();
    const exact = kept.float64.get('gradient')!;
    const { changes } = kept.flips;
    expect(changes.length).toBeGreaterThanOrEqual(3);
    for (let taken = 0; taken < 2 ** changes.length; taken++) {
      const factors = changes.map((_, i) => (taken >> i) & 1);
      const verdict = judge(kept, withGradient(outcome, moved(exact, changes, factors)));
      expect(wrongParts(verdict)).toEqual([]);
      expect(verdict.flips).toEqual({
        inDoubt: changes.length,
        taken: factors.reduce((sum, value) => sum + value, 0),
      });
    }
  });

  it('would be faults of 1e-3 if they were not', () => {
    const { kept, outcome } = edges();
    const gradient = moved(kept.float64.get('gradient')!, kept.flips.changes, [1]);
    const unaware = { ...kept, flips: { changes: [], pairs: [] } };
    const worst = judge(unaware, withGradient(outcome, gradient)).tensors.map(
      ({ distance, allowed }) => distance / allowed,
    );
    expect(Math.max(...worst)).toBeGreaterThan(100);
  });

  it('hide no fault of their own size', () => {
    const { kept, outcome } = edges();
    const exact = kept.float64.get('gradient')!;
    const [first] = kept.flips.changes;
    const gradient = outcome.found.get('gradient')!;
    const reversed: StateDict = new Map(
      [...first].map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice().reverse() } as HostTensor,
      ]),
    );
    for (const fault of [
      moved(exact, [first], [0.5]),
      moved(exact, [first], [-1]),
      moved(gradient, [reversed], [1]),
    ]) {
      expect(judge(kept, withGradient(outcome, fault)).pass).toBe(false);
    }
    // And a fault of 1e-4 shows beside whatever the device decided.
    const fault = changed(outcome, 'gradient', 'conv2.weight', (x) => x * (1 + 1e-4));
    expect(wrongParts(judge(kept, fault))).toContain('gradient conv2.weight');
  });
});

describe('what is only rounding', () => {
  it("PyTorch's own float32 gradients are right", () => {
    for (const { golden, outcomes } of sound.values()) {
      for (const [index, kept] of golden.kept.entries()) {
        const { found, faults } = outcomes[index];
        const own = new Map(found).set('gradient', kept.float32Gradient);
        expect(wrongParts(judge(kept, { found: own, faults }))).toEqual([]);
      }
    }
  });

  it('the gradient of a bias in front of batch norm may be any noise of that size, and no more', () => {
    const { golden, outcomes } = sound.get('medmnist-sgd')!;
    const [kept] = golden.kept;
    const [outcome] = outcomes;
    const noise = kept.distance.get('gradient')!.get('conv2.bias')!;
    const exact = kept.float64.get('gradient')!.get('conv2.bias')!;
    expect(largestOf(exact.data as Float64Array)).toBeLessThan(1e-6 * noise);
    const off = (by: number) =>
      judge(
        kept,
        changed(outcome, 'gradient', 'conv2.bias', () => by),
      ).pass;
    expect([off(0), off(-3 * noise), off(20 * noise)]).toEqual([true, true, false]);
  });
});

function moved(exact: StateDict, changes: readonly StateDict[], factors: readonly number[]): StateDict {
  return new Map(
    [...exact].map(([name, tensor]) => {
      const data = Float32Array.from(tensor.data as Float64Array, (value, i) =>
        factors.reduce((sum, factor, at) => sum + factor * Number(changes[at].get(name)!.data[i]), value),
      );
      return [name, { ...tensor, dtype: 'F32', data } as HostTensor];
    }),
  );
}
