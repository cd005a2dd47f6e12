import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DoneCell } from '../../src/merge/cells.ts';
import { readGradeFile } from '../../src/merge/grades.ts';
import { mergeSweep } from '../../src/merge/index.ts';
import { newFolder, writeSweep } from './support.ts';

/** Practicals of two seeds each; the last student has no autoencoder. */
const scores = [{ auc: [0.9, 0.92], psnr: 21 }, { auc: [0.86, 0.9], psnr: 19 }, { auc: [0.95, 0.97] }];

function course(): string {
  const cells = scores.map(
    (_, seed): DoneCell => ({
      name: `practical-seed${seed}`,
      run: 'practical',
      options: { budget: 'quick' },
      seed,
      scores: { '2-pneumonia-scratch.test.auc': 0.9 },
      curves: {},
      cost: {},
    }),
  );
  const dir = writeSweep(cells);
  scores.forEach(({ auc, psnr }, seed) => {
    const rows = [
      ...auc.map((value) => ({ variant: '2-pneumonia-scratch', epochs: 4, test: { auc: value } })),
      { variant: '1a-scratch', test: { auc: 0.5 } },
    ];
    const run = join(dir, 'cells', `practical-seed${seed}`, 'run');
    mkdirSync(run);
    const autoencoders = psnr === undefined ? [] : [{ psnr, epochs: 5 }];
    writeFileSync(join(run, 'results.json'), JSON.stringify({ rows, autoencoders, durationSeconds: 9 }));
  });
  return dir;
}

const tasks = [
  { task: '2', recipe: '2-pneumonia-scratch', score: 'auc', atLeast: 0.9 },
  { task: '1c', recipe: 'autoencoder', score: 'psnr', atLeast: 20 },
];
function gradeFile(content: unknown): string {
  const path = join(newFolder(), 'grades.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe('grades', () => {
  it('are a row for each student, by thresholds from a file', async () => {
    const dir = course();
    const report = () => readFileSync(join(dir, 'merged', 'report.html'), 'utf8');
    const graded = async (file: object) => {
      await mergeSweep(dir, { grades: gradeFile({ format: 1, ...file }) });
      return readFileSync(join(dir, 'merged', 'grades.csv'), 'utf8')
        .trimEnd()
        .split('\n');
    };
    expect(await graded({ tasks })).toEqual([
      'student,seed,2,2 passed,1c,1c passed,passed,verdict,epochs',
      'practical-seed0,0,0.91,pass,21,pass,2,pass,13',
      'practical-seed1,1,0.88,fail,19,fail,0,fail,13',
      'practical-seed2,2,0.96,pass,,fail,1,fail,8',
    ]);
    const lenient = [tasks[0], { ...tasks[1], atLeast: undefined, atMost: 19 }];
    const verdicts = (await graded({ tasks: lenient, toPass: 1 })).map((line) => line.split(',').at(-2));
    expect(verdicts).toEqual(['verdict', 'pass', 'pass', 'pass']);
    expect(report()).toContain('3 of 3 pass');
    const marked = await graded({ tasks, toPass: 1, marks: { good: 2, fair: 1 } });
    expect(marked.map((line) => line.split(',').slice(-3, -1))).toEqual([
      ['verdict', 'mark'],
      ['pass', 'good'],
      ['fail', ''],
      ['pass', 'fair'],
    ]);
    expect(report()).toContain('Of all 1 have mark good, 1 have mark fair and 1 have none.');
    expect(report()).toMatch(
      /2-pneumonia-scratch: auc at least 0.9<\/small><\/t[hd]>\s*<td[^>]*>2 of 3<\/td>/,
    );
    await expect(graded({ tasks: [{ ...tasks[0], recipe: '2-scratch' }] })).rejects.toThrow(
      'task 2: no practical has the score auc of the recipe 2-scratch',
    );
    rmSync(join(dir, 'cells', 'practical-seed1', 'run', 'results.json'));
    await expect(graded({ tasks })).rejects.toThrow('practical-seed1/run/results.json cannot be read');
  });

  it.each([
    [{ format: 1, tasks: [{ ...tasks[0], atMost: 1 }] }, 'task 0 (2): give either atLeast or atMost'],
    [{ format: 1, tasks: [tasks[0], tasks[0]] }, 'task 1: 2 is there twice'],
    [{ format: 1, tasks, toPass: 3 }, 'toPass is 3 of 2 tasks'],
    [{ format: 1, tasks, marks: { a: 3 } }, 'marks needs 3 of 2 tasks for a mark'],
    [{ format: 1, tasks, marks: { a: 1, b: 1 } }, 'marks needs 1 of 2 tasks'],
    [{ format: 1, tasks, marks: { a: '1' } }, 'marks must be an object of marks and numbers of tasks'],
    [{ format: 1, tasks: [{ ...tasks[0], atleast: 1 }] }, "did you mean 'atLeast'"],
    [{ tasks }, 'format is missing'],
  ])('refuse %o', (content, message) => {
    expect(() => readGradeFile(gradeFile(content))).toThrow(message);
  });
});
