/** What the room of numbers computes without a page: formulas in arrays, pictures of formulas, places as texts. */
import { crossEntropyLoss, RandomStream } from '@glassbox/nn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Expression,
  explain,
  type Lesson,
  openLesson,
  type Place,
  type StepTensor,
} from '../../src/model/index.ts';
import { buildNet, buildOptimizer, type NamedLayer } from '../../src/playground/net.ts';
import { fromAddress, imageSize } from '../../src/playground/spec.ts';
import { Desk, firstBatch } from '../../src/rooms/numbers/desk.ts';
import { Formula, flatIndex, indexOf, pack } from '../../src/rooms/numbers/packed.ts';
import { pairingOf } from '../../src/rooms/numbers/pairing.ts';
import { fromText, partsOf, toText } from '../../src/rooms/numbers/place.ts';
import { formOf, ruleNames, rules } from '../../src/rooms/numbers/sentences.ts';
import { between, outside, type Patch } from '../../src/rooms/numbers/types.ts';

const { spec } = fromAddress('net=3s1p1-4s2p0-2s3p2&batch=3&labels=10&dropout=0.2&decay=0.01').state;
let lesson: Lesson;
let layers: readonly NamedLayer[];
/** Means of the channels, and one by their deviations, of each batch norm: computed here in float64. */
const statistics: Record<string, readonly [Float32Array, Float32Array]> = {};

beforeAll(async () => {
  lesson = await openLesson({
    threads: 1,
    net: (runtime) => {
      const built = buildNet(runtime, spec);
      layers = built.layers;
      return built.net;
    },
    optimizer: (net) => buildOptimizer(spec, net.parameters()),
    loss: crossEntropyLoss(),
    shape: [1, imageSize, imageSize],
    ...firstBatch(spec),
  });
  await lesson.forward();
  await lesson.loss();
  await lesson.backward();
  await lesson.update();
  for (const [at, { kind }] of layers.entries()) {
    if (kind !== 'norm') continue;
    const { shape, values } = lesson.tensor(String(at), 'input');
    const size = shape[2] * shape[3];
    const moments = Array.from({ length: shape[1] }, (_, channel) => {
      const own = [...values].filter((_, flat) => Math.floor(flat / size) % shape[1] === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
      return [mean, 1 / Math.sqrt(variance + 1e-5)] as const;
    });
    statistics[at] = [0, 1].map((part) => Float32Array.from(moments, (each) => each[part])) as never;
  }
});

afterAll(() => lesson.close());

/** The lesson's tensors, and the statistics of batch norm as the desk has them. */
function tensor(layer: string, what: string): StepTensor {
  if (what !== 'mean' && what !== 'deviation') return lesson.tensor(layer, what);
  const { shape } = lesson.tensor(layer, 'weight');
  return { layer, what, shape, values: statistics[layer][what === 'mean' ? 0 : 1] };
}
const shapeOf = (layer: string, what: string) => tensor(layer, what).shape;

/** The expression that a formula was packed from. */
function unpacked(formula: Formula, id: number): Expression {
  const part = formula.part(id);
  const { value } = part;
  if (part.kind === 'element') {
    const { layer, what, shape } = part.tensor;
    return { kind: 'element', value, place: { layer, what, index: indexOf(shape, part.flat) } };
  }
  if (part.kind === 'constant')
    return { kind: 'constant', value, ...(part.name === undefined ? {} : { name: part.name }) };
  if (part.kind === 'operation') {
    return {
      kind: 'operation',
      name: part.name,
      value,
      args: part.args.map((arg) => unpacked(formula, arg)),
    };
  }
  const terms = Array.from({ length: part.count }, (_, at) => {
    const { left, right, minus, fused, sum } = formula.term(id, at);
    const x = unpacked(formula, left);
    const factors = right === undefined ? ([x] as const) : ([x, unpacked(formula, right)] as const);
    return { factors, sign: minus ? (-1 as const) : (1 as const), fused, sum };
  });
  return { kind: 'sum', value, start: unpacked(formula, part.start), terms };
}

/** One random element of each tensor of each layer. */
function randomPlaces(): Place[] {
  const random = new RandomStream(3, 1);
  return lesson.layers.flatMap(({ name }) =>
    lesson.kinds(name).map((what) => {
      const index = shapeOf(name, what).map((size) => random.below(size));
      return { layer: name, what, index };
    }),
  );
}

test('a formula in arrays is the expression again', async () => {
  for (const place of randomPlaces()) {
    const { expression } = await explain(lesson, place);
    const formula = new Formula(pack(expression, shapeOf));
    const { what, layer } = place;
    expect(unpacked(formula, formula.root), `${layer} ${what}`).toEqual(expression);
  }
});

describe('pictures of formulas', () => {
  const key = (name: string, flat: number) => `${name} ${flat}`;
  const sums = ['output', 'inputGradient', 'weightGradient', 'biasGradient'];

  test('have the sum that the kernel computed, to its roundings, whatever stride and padding', () => {
    const random = new RandomStream(4, 1);
    for (const [at, { kind, number }] of layers.entries()) {
      const layer = String(at);
      const block = kind === 'conv' ? spec.blocks[number - 1] : undefined;
      const own = sums.filter((what) => lesson.kinds(layer).includes(what));
      for (const what of kind === 'norm' ? [...own, 'mean'] : own) {
        for (let time = 0; time < 8; time++) {
          const { shape, values } = tensor(layer, what);
          const x = tensor(layer, 'input');
          const index = shape.map((size) => random.below(size));
          const pairing = pairingOf({ layer, kind, block, what, index, tensor });
          if (!pairing) continue;
          const sum = pairing.panels.reduce((total, panel) => total + panel.sum, pairing.bias?.value ?? 0);
          const size = pairing.panels.reduce(
            (total, { products }) => products.reduce((most, value) => most + Math.abs(value), total),
            1e-6,
          );
          const value = Number(values[flatIndex(shape, index)]);
          const mean = what === 'mean' ? sum / (x.values.length / values.length) : sum;
          expect(Math.abs(mean - value) / size, `${layer} ${kind} ${what} [${index}]`).toBeLessThan(2e-6);
        }
      }
    }
  });

  test('pair the elements that the kernel multiplied, and no others', async () => {
    const random = new RandomStream(6, 1);
    const nameOf = ({ layer, what }: Patch) => `${layer} ${what}`;
    for (const [at, { kind, number }] of layers.entries()) {
      if (kind !== 'conv' && kind !== 'linear') continue;
      const layer = String(at);
      for (const what of sums.filter(
        (each) => each !== 'biasGradient' && lesson.kinds(layer).includes(each),
      )) {
        const index = shapeOf(layer, what).map((size) => random.below(size));
        const pairing = pairingOf({ layer, kind, block: spec.blocks[number - 1], what, index, tensor })!;
        const drawn = pairing.panels.flatMap(({ left, right }) =>
          [...left.at].flatMap((flat, place) =>
            flat < 0
              ? []
              : [[key(nameOf(left), flat), key(nameOf(right!), right!.at[place])].sort().join(' * ')],
          ),
        );
        const { products } = await explain(lesson, { layer, what, index });
        const computed = products
          .filter(({ factors }) => factors.length === 2)
          .map(({ factors }) =>
            factors
              .map(({ place }) =>
                key(`${place.layer} ${place.what}`, flatIndex(shapeOf(place.layer, place.what), place.index)),
              )
              .sort()
              .join(' * '),
          );
        expect(drawn.sort(), `${layer} ${what}`).toEqual(computed.sort());
      }
    }
  });

  test('the filter is turned, and a stride leaves places between its outputs', () => {
    const { shape } = tensor('3', 'inputGradient');
    const index = [1, 2, 9, 9];
    expect(shape.slice(2)).toEqual([28, 28]);
    const { panels, turned } = pairingOf({
      layer: '3',
      kind: 'conv',
      block: spec.blocks[1],
      what: 'inputGradient',
      index,
      tensor,
    })!;
    expect(turned).toBe(true);
    const weight = tensor('3', 'weight');
    expect(indexOf(weight.shape, panels[0].right!.at[0])).toEqual([0, 2, 2, 2]);
    // Stride 2, no padding: input 9 was read by output 4 with the tap 1 only.
    expect([...panels[0].left.at].filter((flat) => flat === between).length).toBe(8);
    expect(indexOf(tensor('3', 'outputGradient').shape, panels[0].left.at[4])).toEqual([1, 0, 4, 4]);
    expect(panels[0].left.at).not.toContain(outside);
  });
});

test('the desk has the statistics of batch norm, and explains them', async () => {
  const desk = new Desk();
  const view = await desk.open(spec, 1);
  for (const [layer, [means, deviations]] of Object.entries(statistics)) {
    const known = view!.layers[Number(layer)].known.filter(({ what }) => /^(mean|deviation)$/.test(what));
    expect(known.map(({ shape }) => shape)).toEqual([[means.length], [means.length]]);
    const last = means.length - 1;
    for (const [what, values] of [
      ['mean', means],
      ['deviation', deviations],
    ] as const) {
      const { value, formula } = await desk.explain({ layer, what, index: [last] });
      expect(value / values[last]).toBeCloseTo(1, 5);
      // At least every value of the channel, in every image.
      const [images, , rows, columns] = shapeOf(layer, 'input');
      expect(new Formula(formula).elements).toBeGreaterThanOrEqual(images * rows * columns);
    }
    const { formula } = await desk.explain({ layer, what: 'output', index: [1, last, 2, 2] });
    const read = formula.tensors.map(({ what }) => what).sort();
    expect(read).toEqual(['bias', 'deviation', 'input', 'mean', 'weight']);
  }
  await desk.close();
});

test('the desk tells of masks: what ReLU and dropout let pass', async () => {
  const desk = new Desk();
  await desk.open(spec, 4);
  const dropout = layers.findIndex(({ kind }) => kind === 'dropout');
  const { shape, values } = tensor(String(dropout), 'output');
  for (const flat of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const index = indexOf(shape, flat);
    const { mask } = await desk.explain({ layer: String(dropout), what: 'output', index });
    const input = Number(tensor(String(dropout), 'input').values[flat]);
    if (input !== 0) expect(mask?.passes).toBe(values[flat] !== 0);
    expect(mask?.value).toBe(input);
  }
  const { mask, value } = await desk.explain({ layer: '1', what: 'inputGradient', index: [0, 0, 3, 3] });
  const before = Number(tensor('1', 'input').values[3 * 28 + 3]);
  expect(mask).toMatchObject({ kind: 'relu', passes: before > 0, value: before });
  if (before <= 0) expect(value).toBe(0);
  await desk.close();
});

test('places as texts, and what is none', () => {
  const place = { layer: '3', what: 'weightGradient', index: [1, 0, 2, 2] };
  expect(fromText(toText(place))).toEqual(place);
  expect(fromText('loss.output')).toEqual({ layer: 'loss', what: 'output', index: [] });
  for (const text of [
    '',
    'x',
    '0.output.-1',
    '0.output.1e3',
    '0.output.0.0.0.0.0',
    `0.${'a'.repeat(99)}`,
    '0..1',
  ]) {
    expect(fromText(text), text).toBeUndefined();
  }
  expect(['0', '4', '400', '401', '-1', '1.5', 'x', ''].map(partsOf)).toEqual([
    0,
    4,
    400,
    ...new Array(5).fill(undefined),
  ]);
});

test('every kernel of these nets has a sentence, in both languages, as every formula has', async () => {
  for (const name of ruleNames)
    for (const language of ['en', 'de'] as const) expect(rules[language][name]).toMatch(/\.$/);
  const kernels = new Set<string>();
  for (const place of randomPlaces())
    for (const name of (await explain(lesson, place)).kernels) kernels.add(name);
  expect(kernels.size).toBeGreaterThan(12);
  for (const name of kernels)
    for (const language of ['en', 'de'] as const) expect(formOf(name, language), name).toBeTruthy();
});
