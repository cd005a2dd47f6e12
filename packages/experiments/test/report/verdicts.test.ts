import { evaluateRow } from '@glassbox/metrics';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { buildAnswers, buildReport } from '../../src/pages/index.ts';
import { analyse, type ResultRow, type RunResults, verdictOf } from '../../src/report/index.ts';
import { keptUntrained, provenToRank } from '../../src/report/learning.ts';
import { conclude } from '../../src/report/phrases.ts';
import type { Analysis, Verdict } from '../../src/report/statistics.ts';
import { fakeRun } from './fake-run.ts';

const small = { points: 16, iterations: 5 } as const;

describe('one rule for every verdict', () => {
  it.each([
    [0.1, [0.01, 0.2], 'higher'],
    [-0.1, [-0.2, -0.01], 'lower'],
    [0.1, [-0.01, 0.2], 'undecided'],
    [0.1, [0, 0.2], 'undecided'],
    [0, [0, 0], 'undecided'],
    // An interval on the other side of the value decides nothing.
    [-0.001, [0.001, 0.02], 'undecided'],
  ] as const)('%d in %j is %s', (value, interval, verdict) =>
    expect(verdictOf(value, interval)).toBe(verdict),
  );

  it('nothing is decided without an interval', () => expect(verdictOf(0.5)).toBe('undecided'));

  it.each([
    ['higher', 'higher', 'better', 'AUC and accuracy are higher'],
    ['higher', 'undecided', 'better', 'AUC is higher and accuracy not shown to differ'],
    ['lower', 'undecided', 'worse', 'AUC is lower and accuracy not shown to differ'],
    ['undecided', 'undecided', 'undecided', 'AUC and accuracy not shown to differ'],
    ['undecided', 'higher', 'mixed', 'accuracy is higher and AUC not shown to differ'],
    ['undecided', 'lower', 'mixed', 'accuracy is lower and AUC not shown to differ'],
    ['higher', 'lower', 'mixed', 'AUC is higher and accuracy is lower'],
    ['lower', 'higher', 'mixed', 'accuracy is higher and AUC is lower'],
  ] as const)('AUC %s, accuracy %s: %s', (auc, accuracy, kind, words) => {
    const verdicts: Record<string, Verdict> = { auc, accuracy };
    const analysis = {
      difference: (_a: string, _b: string, metric: string) => ({
        value: 0,
        verdict: verdicts[metric],
        seeds: 2,
      }),
    } as unknown as Analysis;
    expect(conclude(analysis, 'a', 'b')).toEqual({ kind, words, seeds: 2 });
  });
});

/** The answer to a question of the long report. */
function answer(run: RunResults, question: string): string {
  const { document } = parseHTML(buildReport(run, analyse(run, { resamples: 200 })));
  const found = Array.from(document.querySelectorAll('.qa')).find((qa) =>
    qa.querySelector('.q')!.textContent!.startsWith(question),
  );
  return found!.textContent!.replace(/\s+/g, ' ');
}

/** Gives the row scores that rank as before, moved by `shift`. */
function moved(row: ResultRow, run: RunResults, shift: number): void {
  const truth = run.truth[row.target]!;
  const logOdds = {
    val: row.logOdds.val.map((z) => z + shift),
    test: row.logOdds.test.map((z) => z + shift),
  };
  Object.assign(
    row,
    evaluateRow(
      {
        val: { logOdds: logOdds.val, labels: truth.val },
        test: { logOdds: logOdds.test, labels: truth.test },
      },
      { resamples: 20 },
    ),
  );
}

describe('1c, where accuracy moves and ranking does not', () => {
  const run = fakeRun({
    ...small,
    seeds: 1,
    tasks: ['1a', '1c'],
    skill: { '1a-scratch': 2, '1c-autoencoder': 2 },
  });
  const [scratch, tuned] = ['1a-scratch', '1c-autoencoder'].map(
    (id) => run.rows.find((row) => row.variant === id)!,
  );
  tuned.logOdds = structuredClone(scratch.logOdds);
  moved(tuned, run, 0);
  moved(scratch, run, 6);

  it('says that the scores do not agree, not that both are noise and higher', () => {
    const text = answer(run, 'Comment on the fine-tuned result');
    expect(text).toMatch(/accuracy \+0\.\d+ \(95 % interval \+[^)]*\): higher/);
    expect(text).toContain('The scores do not agree: accuracy is higher and AUC not shown to differ.');
    expect(text).not.toMatch(/beyond the noise|smaller than the noise|are worth more/);
  });

  it('speaks of noise where neither score moves', () => {
    const still = structuredClone(run);
    const [a, b] = still.rows;
    b.logOdds = structuredClone(a.logOdds);
    moved(b, still, 0);
    const text = answer(still, 'Comment on the fine-tuned result');
    expect(text).toContain('Neither score shows that the weights gain or cost anything');
    expect(text).not.toMatch(/: higher|: lower/);
  });
});

/** Makes the net one that early stopping kept in `epoch`, with the validation AUC of guessing there. */
function spoil(row: ResultRow, epoch: number): void {
  row.bestEpoch = epoch;
  row.val.auc = 0.49;
  row.test.auc = 0.47;
  row.history.forEach((record, i) => {
    record.valAuc = i < epoch ? 0.49 : 0.68;
  });
}

describe('nets that were kept before they had learnt', () => {
  const good = { '1a-scratch': 2, '1c-autoencoder': 2 };
  const fresh = () => fakeRun({ ...small, seeds: 1, tasks: ['1a', '1b', '1c'], skill: good });

  it.each([0, 1, 3])('are told by validation: epoch %d', (epoch) => {
    const [row] = fresh().rows;
    expect(keptUntrained(row)).toBe(false);
    spoil(row, epoch);
    expect(keptUntrained(row)).toBe(true);
  });

  it('are none where the first epoch ranks, or where training did not go on', () => {
    const [row] = fresh().rows;
    spoil(row, 1);
    row.val.auc = 0.8;
    expect(keptUntrained(row)).toBe(false);
    spoil(row, row.epochs);
    expect(keptUntrained(row)).toBe(false);
    expect(provenToRank(row)).toBe(false);
  });

  const short = (run: RunResults): string => {
    const { document } = parseHTML(buildReport(run, analyse(run, { resamples: 50 })));
    return document.querySelector('#in-short')!.nextElementSibling!.textContent!;
  };

  it('do not head the summary', () => {
    const run = fresh();
    spoil(run.rows[0], 1);
    const text = short(run);
    expect(text).toContain(
      '300 chest labels from scratch: no score to go by: early stopping on the validation loss',
    );
    expect(text).not.toContain('0.470');
    // Nor is anything compared with them.
    expect(text).not.toMatch(/than training from scratch|differ from training from scratch/);
  });

  it('give way to the same training kept by AUC, on both sides of a comparison', () => {
    const run = fresh();
    for (const row of [...run.rows]) {
      run.rows.push({
        ...structuredClone(row),
        variant: `${row.variant}-kept-by-auc`,
        name: `${row.name}, kept by AUC`,
        training: { ...row.training, monitor: 'validation AUC' },
      });
    }
    spoil(run.rows[0], 1);
    const text = short(run);
    const byAuc = run.rows.find((row) => row.variant === '1a-scratch-kept-by-auc')!;
    expect(text).toContain(`300 chest labels from scratch: AUC ${byAuc.test.auc.toFixed(3)}`);
    expect(text).toContain(
      'kept by validation AUC, since early stopping on the validation loss kept its net before',
    );
    expect(text).toContain('both kept by AUC');
    expect(buildAnswers(run)).toContain('both sides here are kept by validation AUC');
    const told = answer(run, 'Comment on the fine-tuned result');
    expect(told).toMatch(/Both kept by validation AUC, with autoencoder weights against from scratch: AUC/);
    expect(told).not.toMatch(/\. ?With autoencoder weights against|result\.With autoencoder weights/);
  });

  it('are counted where other seeds learnt', () => {
    const run = fakeRun({ ...small, seeds: 3, tasks: ['1a'], skill: good });
    spoil(run.rows[1], 1);
    const [a, , b] = run.rows.map((row) => row.test.auc);
    expect(short(run)).toContain(
      'kept 1 of 3 nets before it had learnt: epoch 1, validation AUC 0.490; ' +
        `the other 2 seeds have test AUC ${((a + b) / 2).toFixed(3)} on average`,
    );
  });
});

describe('1b', () => {
  it('says which net, seed and epoch its points are of', () => {
    const run = fakeRun({ ...small, seeds: 1, tasks: ['1a', '1b'], skill: { '1a-scratch': 2 } });
    const [row] = run.rows;
    const { document } = parseHTML(buildReport(run, analyse(run, { resamples: 20 })));
    const text = document.querySelector('#task-1b')!.textContent!.replace(/\s+/g, ' ');
    expect(text).toContain(
      `The points are of “${row.name}”, seed 0, as restored from epoch ${row.bestEpoch} of ${row.epochs}, ` +
        `with validation AUC ${row.val.auc.toFixed(3)}.`,
    );
    const cells = Array.from(document.querySelectorAll('#task-1b tbody tr'), (line) => line.textContent!);
    expect(cells.some((cell) => cell.includes(`0, ${row.bestEpoch} of ${row.epochs}`))).toBe(true);
  });
});
