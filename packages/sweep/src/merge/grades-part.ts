import { decimal, html, list, type Part, table } from '@glassbox/experiments/report-parts';
import type { Grade, GradeFile } from './grades.ts';
import { longTable, type Said } from './long-table.ts';

/** Students by the file that judges them. */
export interface Graded {
  readonly file: GradeFile;
  readonly rows: readonly Grade[];
}

/** Each task over all students, and each student. */
export function gradeTable({ file, rows }: Graded, said: Said): Part {
  const { tasks, toPass = tasks.length, marks } = file;
  const passed = rows.filter(({ verdict }) => verdict === 'pass').length;
  const bound = ({ atLeast, atMost }: GradeFile['tasks'][number]) =>
    atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  // The seed is a student, unless other options differ, too.
  const alone = new Set(rows.map(({ seed }) => seed)).size === rows.length;
  const shown = (score: number | undefined) => (score === undefined ? 'missing' : decimal(score));
  const reached = (mark: string | undefined) => rows.filter((row) => row.mark === mark).length;
  const given = Object.keys(marks ?? {}).sort((a, b) => marks![b] - marks![a]);
  const without = marks ? reached(undefined) : 0;
  const counts = [
    ...given.map((mark) => `${reached(mark)} have mark ${mark}`),
    ...(without > 0 ? [`${without} have none`] : []),
  ];
  return html`<p>${passed} of ${rows.length} pass: they reach ${toPass} of ${tasks.length} tasks.${
    counts.length > 0 && ` Of all ${list(counts)}.`
  }</p>${table(
    ['Task', 'passed by', 'median', 'lowest', 'highest'],
    tasks.map((task, i) => {
      const scores = rows.flatMap((row) => row.tasks[i].score ?? []).sort((a, b) => a - b);
      const middle =
        (scores[Math.floor((scores.length - 1) / 2)] + scores[Math.floor(scores.length / 2)]) / 2;
      return [
        html`${task.task}<br><small>${task.recipe}: ${task.score} ${bound(task)}</small>`,
        `${rows.filter((row) => row.tasks[i].passed).length} of ${rows.length}`,
        ...[middle, scores[0], scores.at(-1)!].map((score) => decimal(score)),
      ];
    }),
    said('Each task over all students'),
  )}${longTable(
    ['Seed', ...(marks ? ['mark'] : []), 'verdict', 'passed', ...tasks.map(({ task }) => task), 'epochs'],
    rows.map(({ student, seed, tasks: own, passed: count, verdict, mark, epochs }) => [
      alone ? seed : html`${seed}<br><small>${student}</small>`,
      ...(marks ? [mark ?? '–'] : []),
      verdict,
      count,
      ...own.map((one) => html`${shown(one.score)}<small>${one.passed ? 'pass' : 'fail'}</small>`),
      epochs,
    ]),
    said('Scores on the test images, the mean over the seeds within a run; epochs of all trainings of a run'),
    'grades.csv',
  )}`;
}
