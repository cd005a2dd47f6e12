/** What a student should read in an explanation: the formulas of the textbook, by the elements that stand in them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Expression, explain, type Lesson } from '../../src/model/index.ts';
import { lessonOf, wholeStep } from './lessons.ts';

let lesson: Lesson;

beforeAll(async () => {
  lesson = await lessonOf('mixed', 1);
  await wholeStep(lesson);
});

afterAll(() => lesson.close());

/** Elements (`what index`) and named constants in an expression, each once. */
function leavesOf(expression: Expression, found = new Set<string>()): Set<string> {
  if (expression.kind === 'element') found.add(`${expression.place.what} ${expression.place.index}`);
  else if (expression.kind === 'constant') found.add(expression.name ?? 'number');
  else if (expression.kind === 'operation') for (const arg of expression.args) leavesOf(arg, found);
  else {
    leavesOf(expression.start, found);
    for (const { factors } of expression.terms) for (const factor of factors) leavesOf(factor, found);
  }
  return found;
}

/** Names of the operations in an expression. */
function operationsOf(expression: Expression, found = new Set<string>()): Set<string> {
  if (expression.kind === 'operation') {
    found.add(expression.name);
    for (const arg of expression.args) operationsOf(arg, found);
  } else if (expression.kind === 'sum') {
    operationsOf(expression.start, found);
    for (const { factors } of expression.terms) for (const factor of factors) operationsOf(factor, found);
  }
  return found;
}

const explained = async (layer: string, what: string, index: readonly number[]) =>
  (await explain(lesson, { layer, what, index })).expression;

test('softmax with cross-entropy: (softmax - one-hot) / batch, from the logits of the row', async () => {
  const { values: logits } = lesson.tensor('loss', 'input');
  const { values: labels } = lesson.tensor('loss', 'labels');
  for (const n of [0, 3, 5]) {
    const row = [0, 1, 2].map((k) => Math.exp(logits[3 * n + k]));
    const total = row[0] + row[1] + row[2];
    for (const k of [0, 1, 2]) {
      const expression = await explained('loss', 'inputGradient', [n, k]);
      expect(expression.value).toBeCloseTo((row[k] / total - Number(labels[n] === k)) / 6, 6);
      expect(leavesOf(expression)).toEqual(
        new Set([`input ${n},0`, `input ${n},1`, `input ${n},2`, 'number']),
      );
      expect(operationsOf(expression)).toContain('exp');
    }
  }
});

test('the loss is the sum of the losses of the rows, each with a logarithm', async () => {
  const expression = await explained('loss', 'output', []);
  expect([...leavesOf(expression)].filter((leaf) => leaf.startsWith('losses')).length).toBe(6);
  const { place } = lossesOf(expression)[0];
  const row = await explain(lesson, place);
  expect([...operationsOf(row.expression)]).toEqual(expect.arrayContaining(['exp', 'log']));
});

function lossesOf(expression: Expression): Extract<Expression, { kind: 'element' }>[] {
  if (expression.kind === 'element') return [expression];
  if (expression.kind !== 'sum') return [];
  return [expression.start, ...expression.terms.flatMap(({ factors }) => factors)].flatMap(lossesOf);
}

test('batch norm: normalised by mean and deviation; backward dy less two means, of dy and of dy times x', async () => {
  // Layer 5 has 8 channels; the statistics are its means and then its inverse deviations.
  const output = await explained('5', 'output', [2, 3, 1, 0]);
  const [mean, deviation] = ['statistics 3', 'statistics 11'];
  expect(leavesOf(output)).toEqual(new Set(['input 2,3,1,0', mean, deviation, 'weight 3', 'bias 3']));

  const input = await explained('5', 'inputGradient', [2, 3, 1, 0]);
  expect(leavesOf(input)).toEqual(
    new Set([
      'outputGradient 2,3,1,0',
      'biasGradient 3', // the sum of dy
      'input 2,3,1,0',
      mean,
      deviation,
      'weightGradient 3', // the sum of dy times the normalised input
      'weight 3',
      'number', // 1 / (N H W)
    ]),
  );
});

test('the mean of batch norm is the sum over batch and places, divided by their number', async () => {
  await explained('5', 'output', [2, 3, 1, 0]);
  const { shape, values } = lesson.tensor('5', 'input');
  const [n, c, h, w] = shape;
  let sum = 0;
  const places: string[] = [];
  for (let image = 0; image < n; image++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        sum += values[((image * c + 3) * h + y) * w + x];
        places.push(`input ${image},3,${y},${x}`);
      }
  const mean = await explained('5', 'statistics', [3]);
  expect(mean.value).toBeCloseTo(sum / (n * h * w), 6);
  expect([...leavesOf(mean)]).toEqual(expect.arrayContaining(places));
});

test('max-pooling shows the window, the winner first; backward only the windows that were won', async () => {
  const output = await explained('2', 'output', [1, 2, 3, 4]);
  const window = ['input 1,2,6,8', 'input 1,2,6,9', 'input 1,2,7,8', 'input 1,2,7,9'];
  expect([...leavesOf(output)].sort()).toEqual(window);
  const gradients = window.map((place) => place.split(' ')[1].split(',').map(Number));
  let won = 0;
  for (const index of gradients) {
    const input = await explained('2', 'inputGradient', index);
    if (leavesOf(input).has('outputGradient 1,2,3,4')) won++;
    else expect(input.value).toBe(0);
  }
  expect(won).toBe(1);
});

test('dropout: what is kept is scaled by 1 / (1 - p), forward and backward', async () => {
  const { values, shape } = lesson.tensor('3', 'output');
  const kept = values.findIndex((value) => value !== 0);
  const index = shape.map((size, dim) => {
    const below = shape.slice(dim + 1).reduce((product, next) => product * next, 1);
    return Math.floor(kept / below) % size;
  });
  for (const [what, from] of [
    ['output', 'input'],
    ['inputGradient', 'outputGradient'],
  ]) {
    const expression = await explained('3', what, index);
    expect(leavesOf(expression)).toEqual(new Set([`${from} ${index}`, 'number']));
  }
});

test('SGD: weight - rate · (gradient + decay · weight + momentum · what was before)', async () => {
  const after = await explained('9', 'weightAfter', [1, 4]);
  expect(leavesOf(after)).toEqual(new Set(['weight 1,4', 'weightGradient 1,4', 'hyper', 'state']));
  const change = await explained('9', 'weightChange', [1, 4]);
  expect(leavesOf(change)).toEqual(new Set(['weight 1,4', 'weightAfter 1,4']));
});
