import { forEachElement } from '@glassbox/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultState, type Spec } from '../../src/playground/spec.ts';
import { Answers } from '../../src/rooms/kernel/answers.ts';
import { type FaultName, withFault } from '../../src/rooms/kernel/faults.ts';
import { Judge } from '../../src/rooms/kernel/judge.ts';
import { positionIn } from '../../src/rooms/kernel/places.ts';
import { KernelStep } from '../../src/rooms/kernel/step.ts';
import { fromLetters, toLetters } from '../../src/rooms/kernel/text-address.ts';
import type { Verdict } from '../../src/rooms/kernel/types.ts';

const small: Spec = {
  ...defaultState.spec,
  batch: 8,
  labels: 32,
  blocks: [
    { channels: 8, stride: 2, padding: 1 },
    { channels: 8, stride: 2, padding: 1 },
  ],
};

const specs = {
  'with batch norm and SGD': small,
  'with dropout, Adam and decay, without batch norm': {
    ...small,
    batchNorm: false,
    dropout: 0.3,
    optimizer: 'adam',
    decay: 0.01,
    blocks: [
      { channels: 5, stride: 2, padding: 0 },
      { channels: 3, stride: 3, padding: 2 },
    ],
  },
  'with few channels, Winograd’s transforms and AdamW': {
    ...small,
    optimizer: 'adamw',
    batch: 16,
    blocks: [
      { channels: 2, stride: 3, padding: 1 },
      { channels: 16, stride: 2, padding: 1 },
      { channels: 16, stride: 1, padding: 1 },
    ],
  },
} satisfies Record<string, Spec>;

/** Faults in the words of the texts, beside those that the page offers. */
const edits: Readonly<Record<string, readonly [RegExp, string]>> = {
  'reads one image for another': [/x\[at1 \+ a\]/, 'x[at0 + a]'],
  'adds a slice twice': [/var total = partial\[i\];/, 'var total = 2.0 * partial[i];'],
  'takes the variance for the deviation': [/sqrt\(variance/, '(variance'],
  'forgets rstd': [/ \* statistics\[GROUPS \+ 0u\]/, ''],
  'forgets the label': [/ - t, vec4<bool>/, ', vec4<bool>'],
  'sums instead of a mean': [/0\.125f/, '1f'],
  'transposes the wrong way': [/row0\.y, row1\.y/, 'row1.y, row0.y'],
  'forgets the running mean': [/0\.9 \* runningMean\[i\] \+/, ''],
  'counts a slice too few': [/SLICES = (\d)u/, 'SLICES = 1u'],
  'climbs the hill': [/p - lr/, 'p + lr'],
  'leaves the state': [/state\[at\] = velocity;/, ''],
  'forgets the correction': [/ \/ rootCorrection2/, ''],
  'forgets the root': [/sqrt\(square\)/, 'square'],
  'scales as if nothing were dropped': [/x\[v\] \* [\d.]+/, 'x[v]'],
  'writes into the padding': [
    /, vec4<bool>\(true, true, false, false\)\)(?=;\n {2}\}\n {2}losses)/,
    ', vec4<bool>(true))',
  ],
};

/** Kernel, fault (of the page or of the table above), and the result in which it must be seen. */
const planted: readonly (readonly [keyof typeof specs, string, string, string])[] = [
  ['with batch norm and SGD', 'conv2dForward-conv1', 'relu', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'sign', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'padding', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'bias', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'lane', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'offByOne', 'y'],
  ['with batch norm and SGD', 'conv2dForward-conv2', 'reads one image for another', 'y'],
  ['with batch norm and SGD', 'conv2dInputGradient-conv2', 'sign', 'dx'],
  ['with batch norm and SGD', 'conv2dInputGradient-conv2', 'stride', 'dx'],
  ['with batch norm and SGD', 'transposeFilter-conv2', 'transposes the wrong way', 'dx'],
  ['with batch norm and SGD', 'conv2dWeightGradient-conv2', 'sign', 'dWeight'],
  ['with batch norm and SGD', 'conv2dWeightGradient-conv2', 'lane', 'dWeight'],
  ['with batch norm and SGD', 'conv2dWeightGradientSum-conv2', 'adds a slice twice', 'dWeight'],
  ['with batch norm and SGD', 'batchNormStatistics-norm1', 'mean', 'statistics'],
  ['with batch norm and SGD', 'batchNormMerge-norm1', 'takes the variance for the deviation', 'statistics'],
  ['with batch norm and SGD', 'batchNormMerge-norm1', 'forgets the running mean', 'runningMean'],
  ['with batch norm and SGD', 'batchNormForward-norm2', 'bias', 'y'],
  ['with batch norm and SGD', 'batchNormForward-norm2', 'forgets rstd', 'y'],
  ['with batch norm and SGD', 'batchNormGradientSums-norm2', 'mean', 'dWeight'],
  ['with batch norm and SGD', 'batchNormGradientSums-norm2', 'mask', 'dxSum'],
  ['with batch norm and SGD', 'batchNormInputGradient-norm2', 'mask', 'dx'],
  ['with batch norm and SGD', 'batchNormInputGradient-norm2', 'average', 'dx'],
  ['with batch norm and SGD', 'matmul-linear1', 'sign', 'c'],
  ['with batch norm and SGD', 'matmul-linear1-2', 'lane', 'c'],
  ['with batch norm and SGD', 'matmul-linear1-3', 'sign', 'c'],
  ['with batch norm and SGD', 'crossEntropyRows-loss1', 'forgets the label', 'dlogits'],
  ['with batch norm and SGD', 'crossEntropyRows-loss1', 'sums instead of a mean', 'loss'],
  ['with batch norm and SGD', 'crossEntropyRows-loss1', 'writes into the padding', 'dlogits'],
  ['with batch norm and SGD', 'crossEntropyTotal-loss1', 'offByOne', 'loss'],
  ['with batch norm and SGD', 'reduceSum-linear1', 'offByOne', 'y'],
  ['with batch norm and SGD', 'sgd-optimizer1', 'climbs the hill', 'parameters'],
  ['with batch norm and SGD', 'sgd-optimizer1', 'leaves the state', 'state'],
  ['with batch norm and SGD', 'sgd-optimizer1', 'momentum', 'parameters'],
  [
    'with dropout, Adam and decay, without batch norm',
    'dropout-dropout1',
    'scales as if nothing were dropped',
    'y',
  ],
  [
    'with dropout, Adam and decay, without batch norm',
    'adam-optimizer1',
    'forgets the correction',
    'parameters',
  ],
  ['with dropout, Adam and decay, without batch norm', 'adam-optimizer1', 'forgets the root', 'parameters'],
  ['with dropout, Adam and decay, without batch norm', 'adam-optimizer1', 'momentum', 'm'],
];

const steps = new Map<string, Promise<KernelStep>>();
const judges = new Map<string, Promise<Judge>>();

function stepOf(name: keyof typeof specs): Promise<KernelStep> {
  let step = steps.get(name);
  if (!step) {
    step = KernelStep.open(specs[name]);
    steps.set(name, step);
  }
  return step;
}

async function judgeOf(name: keyof typeof specs, id: string): Promise<{ judge: Judge; wgsl: string }> {
  const step = await stepOf(name);
  const { wgsl } = step.kernels.find((kernel) => kernel.id === id)!;
  const key = `${name} ${id}`;
  let judge = judges.get(key);
  if (!judge) {
    const unit = step.unit(id);
    judge = step.operands(unit).then((operands) => {
      const answers = new Answers(unit, operands);
      while (answers.quotients?.next());
      return new Judge(answers, wgsl, step.places);
    });
    judges.set(key, judge);
  }
  return { judge: await judge, wgsl };
}

function judged(verdict: Verdict): Verdict & { readonly kind: 'judged' } {
  if (verdict.kind !== 'judged') throw new Error(JSON.stringify(verdict));
  return verdict;
}

afterAll(async () => {
  for (const judge of judges.values()) await (await judge).close();
  for (const step of steps.values()) await (await step).close();
});

describe('the judge of kernels', () => {
  it.each(Object.keys(specs) as (keyof typeof specs)[])(
    'finds every kernel right in a net %s',
    async (name) => {
      const { kernels } = await stepOf(name);
      for (const { id } of kernels) {
        const { judge, wgsl } = await judgeOf(name, id);
        const { green, outputs, differences } = judged(await judge.judge(wgsl));
        expect(green, `${id}: ${JSON.stringify({ outputs, differences })}`).toBe(true);
        // Both sets of numbers were tried.
        expect(new Set(outputs.map(({ operands }) => operands)).size).toBe(2);
      }
    },
  );

  it('knows whose each kernel is', async () => {
    const { kernels } = await stepOf('with batch norm and SGD');
    expect(kernels.map(({ id, stage }) => `${stage} ${id}`)).toMatchInlineSnapshot(`
      [
        "batch gatherImages-batch1",
        "batch gatherLabels-batch1",
        "forward conv2dForward-conv1",
        "forward batchNormStatistics-norm1",
        "forward batchNormMerge-norm1",
        "forward batchNormForward-norm1",
        "forward conv2dForward-conv2",
        "forward batchNormStatistics-norm2",
        "forward batchNormMerge-norm2",
        "forward batchNormForward-norm2",
        "forward reshape-flatten1",
        "forward matmul-linear1",
        "forward matmulSum-linear1",
        "loss crossEntropyRows-loss1",
        "loss crossEntropyTotal-loss1",
        "backward matmul-linear1-2",
        "backward matmul-linear1-3",
        "backward reduceSum-linear1",
        "backward reshape-flatten1-2",
        "backward batchNormGradientSums-norm2",
        "backward batchNormGradientMerge-norm2",
        "backward batchNormInputGradient-norm2",
        "backward transposeFilter-conv2",
        "backward conv2dInputGradient-conv2",
        "backward conv2dWeightGradient-conv2",
        "backward conv2dWeightGradientSum-conv2",
        "backward batchNormGradientSums-norm1",
        "backward batchNormGradientMerge-norm1",
        "backward batchNormInputGradient-norm1",
        "backward conv2dWeightGradient-conv1",
        "backward conv2dWeightGradientSum-conv1",
        "update sgd-optimizer1",
      ]
    `);
  });

  it.each(planted)(
    'in a net %s, %s that has the fault “%s” is red in %s',
    async (name, id, fault, output) => {
      const { judge, wgsl } = await judgeOf(name, id);
      const edit = edits[fault];
      const text = edit ? wgsl.replace(...edit) : withFault(fault as FaultName, wgsl);
      expect(text).toBeDefined();
      expect(text).not.toBe(wgsl);
      const verdict = judged(await judge.judge(text!));
      expect(verdict.green).toBe(false);
      const found = verdict.outputs.find((each) => each.name === output && each.wrong + each.dirty > 0)!;
      expect(found, JSON.stringify(verdict.outputs)).toBeDefined();
      for (const element of [found.first, found.worst]) {
        if (found.wrong === 0) continue;
        const away = Math.abs(element!.got - element!.expected);
        expect(away > 0 || Number.isNaN(away)).toBe(true);
      }
      // Reverted, it is green again.
      expect(judged(await judge.judge(wgsl)).green).toBe(true);
    },
  );

  it('names the one element that is spoiled, in the results of every kernel', async () => {
    const name = 'with batch norm and SGD';
    const step = await stepOf(name);
    let tried = 0;
    for (const { id, workgroups } of step.kernels) {
      const unit = step.unit(id);
      const { judge, wgsl } = await judgeOf(name, id);
      const size = Number(wgsl.match(/@workgroup_size\((\d+)\)/)![1]);
      for (const output of unit.row.outputs) {
        const { layout, dtype } = unit.buffers.get(output)!;
        const kernel = unit.kernels.find(({ kernel: { wgsl: text } }) => text === wgsl)!.kernel;
        const binding = kernel.bindings.find((each) => each.name === output && each.access !== 'read');
        if (!binding || dtype !== 'f32' || binding.type !== 'array<vec4<f32>>' || !layout) continue;
        const offsets: number[] = [];
        forEachElement(layout, (_, offset) => offsets.push(offset));
        const element = Math.floor(0.6 * offsets.length);
        const word = offsets[element];
        const last = workgroups[0] * workgroups[1] * workgroups[2] * size - 1;
        const spoil = `  if (id.x == ${last}u) { ${output}[${word >> 2}u][${word & 3}u] += 0.75; }\n}\n`;
        const verdict = judged(await judge.judge(wgsl.replace(/\}\n$/, spoil)));
        const found = verdict.outputs.find(({ name: each, wrong }) => each === output && wrong > 0)!;
        expect(found, `${id} ${output}`).toMatchObject({ wrong: 1, operands: 'step' });
        expect(found.first!.index).toEqual(positionIn(layout.shape, element));
        expect(found.first!.got - found.first!.expected).toBeCloseTo(0.75, 3);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(15);
  });

  it('names the parameter to which an element of an arena belongs', async () => {
    const name = 'with batch norm and SGD';
    const step = await stepOf(name);
    const { judge, wgsl } = await judgeOf(name, 'sgd-optimizer1');
    const { name: parameter, offset, layout } = step.places.find((place) => place.name === '3.weight')!;
    const offsets: number[] = [];
    forEachElement(layout, (_, at) => offsets.push(at));
    const word = offset + offsets[100];
    const spoil = `    if (at == ${word >> 2}u) { parameters[at][${word & 3}u] -= 0.5; }\n  }\n}\n`;
    const { outputs } = judged(await judge.judge(wgsl.replace(/ {2}\}\n\}\n$/, spoil)));
    const { wrong, first } = outputs.find((each) => each.wrong > 0)!;
    expect(wrong).toBe(1);
    expect(first).toMatchObject({ parameter, index: positionIn(layout.shape, 100) });
  });

  it('finds a wrong gradient by differences, too', async () => {
    const { judge, wgsl } = await judgeOf('with batch norm and SGD', 'conv2dWeightGradient-conv2');
    const right = judged(await judge.judge(wgsl)).differences;
    expect(right.length).toBeGreaterThan(2);
    const { differences } = judged(await judge.judge(wgsl.replaceAll('+= v', '-= v')));
    for (const [at, { right: isRight, got, quotient }] of differences.entries()) {
      expect(isRight).toBe(false);
      expect(quotient).toBe(right[at].quotient);
      expect(got).toBeCloseTo(-quotient, 4);
    }
  });

  it('says where a text is no WGSL, and where it is none of this kernel', async () => {
    const { judge, wgsl } = await judgeOf('with batch norm and SGD', 'conv2dForward-conv2');
    const line = 1 + wgsl.split('\n').findIndex((each) => each.includes('let i = id.x;'));
    const lost = await judge.judge(wgsl.replace('let i = id.x;', 'let i = jd.x;'));
    expect(lost).toMatchObject({ kind: 'text', messages: [{ line, column: 11 }] });
    const bound = await judge.judge(
      wgsl
        .replace('const R =', '@group(0) @binding(9) var<storage, read> z: array<f32>;\nconst R =')
        .replace('let i = id.x;', 'let i = id.x + u32(z[0]);'),
    );
    expect(bound).toMatchObject({ kind: 'text' });
    expect(JSON.stringify(bound)).toContain('bindings are 0 x, 1 weight, 2 bias, 3 y');
  });

  it('stops what reads outside of a buffer or does not end, says where, and goes on', async () => {
    const { judge, wgsl } = await judgeOf('with batch norm and SGD', 'conv2dForward-conv2');
    const outside = await judge.judge(wgsl.replace('x[at0 + a]', 'x[at0 + a + 900000u]'));
    const line = 1 + wgsl.split('\n').findIndex((each) => each.includes('x[at0 + a]'));
    expect(outside).toMatchObject({ kind: 'failed', place: { line } });
    expect((outside as { reason: string }).reason).toMatch(/accesses element 9\d+ of 'x'/);
    const endless = await judge.judge(withFault('endless', wgsl)!);
    expect(endless).toMatchObject({ kind: 'failed' });
    expect((endless as { reason: string }).reason).toContain('does not end');
    expect(judged(await judge.judge(wgsl)).green).toBe(true);
  });
});

describe('a text in an address', () => {
  it('comes back as it was', () => {
    for (const text of ['', 'let x = 1;\n', 'Σ · √ 🦊\tß', 'abc\n'.repeat(5000)]) {
      expect(fromLetters(toLetters(text))).toBe(text);
    }
  });

  it('is refused if somebody made it up', () => {
    const bomb = toLetters('a'.repeat(3_000_000));
    const control = toLetters('a\u0000b');
    for (const letters of [
      '',
      '!',
      'AAAA',
      'x'.repeat(30_000),
      bomb,
      control,
      toLetters('abc').slice(0, -2),
    ]) {
      expect(fromLetters(letters), letters.slice(0, 20)).toBeUndefined();
    }
  });
});
