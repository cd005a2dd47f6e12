import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePredictions, parsePredictions, predictionsFileName, threeDigits } from '../src/index.ts';

interface Case {
  readonly width: number;
  readonly csv: string;
  readonly auc: number;
  readonly accuracy: number;
  readonly file: string;
}
/** Recorded from numpy by record_medmnist.py there. */
const { cases, rounded } = JSON.parse(
  readFileSync(new URL('../../metrics/test/fixtures/medmnist.json', import.meta.url), 'utf8'),
) as { cases: Case[]; rounded: { value: number; text: string }[] };

describe('files of predictions', () => {
  it.each(cases)('$file is written as numpy writes it', ({ csv, width, auc, accuracy, file }) => {
    const read = parsePredictions(csv, file);
    expect(read.width).toBe(width);
    const numbers = (text: string) => text.split(/[,\n]/).map(Number);
    expect(numbers(encodePredictions(read.scores, width))).toEqual(numbers(csv));
    const [, set, size, run] = /^([a-z]+)_?(\d*)_test.*@(.*)\.csv$/.exec(file)!;
    const name = { set, size: Number(size || 28), split: 'test', auc, accuracy, run } as const;
    expect(predictionsFileName(name)).toBe(file);
  });

  it('any float32 is read back to the same bits', () => {
    const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    fc.assert(
      fc.property(floats, (values) => {
        const scores = Float32Array.from(values, (value) => value || 0);
        expect(parsePredictions(encodePredictions(scores, 1), 'f').scores).toEqual(scores);
      }),
    );
  });

  it('lines may come in any order', () => {
    expect(parsePredictions('1,0.25,0.75\n0,1,0\n', 'f')).toEqual({
      scores: Float32Array.of(1, 0, 0.25, 0.75),
      width: 2,
      count: 2,
    });
  });

  it('scores are rounded as in Python', () => {
    for (const { value, text } of rounded) expect(threeDigits(value)).toBe(text);
    expect(threeDigits(Number.NaN)).toBe('nan');
  });

  it.each([
    ['', /holds no predictions/],
    ['7\n', /holds no predictions/],
    ['0,0.5\n1,0.5,0.5\n', /has 2 scores in line 2, and 1 in the first/],
    ['0,0.5\n0,0.5\n', /names image '0' in line 2/],
    ['0,0.5\n2,0.5\n', /names image '2' in line 2; there are 2 lines/],
    ['0,0.5\n,0.5\n', /names image '' in line 2/],
    ['0,much\n', /has the score 'much' in line 1/],
    ['0,\n', /has the score '' in line 1/],
  ])('%j is refused', (content, message) => {
    expect(() => parsePredictions(content, 'f.csv')).toThrow(message);
  });

  it('names that the package could not read back are refused', () => {
    const name = { set: 'breastmnist', size: 28, split: 'val', auc: 1, accuracy: 1, run: 'a' } as const;
    expect(() => predictionsFileName({ ...name, run: 'a.b' })).toThrow(/run 'a.b'/);
    expect(() => predictionsFileName({ ...name, set: '../x' })).toThrow(/set '..\/x'/);
    expect(() => encodePredictions(new Float32Array(3), 2)).toThrow(/3 scores do not make rows of 2/);
  });
});
