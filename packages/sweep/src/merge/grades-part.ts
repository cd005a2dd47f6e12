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
  const shown = (score: number | undefined) => (score === undefined ? 'missing' : decimal(score));
  const reached = (mark: string | undefined) => rows.filter((row) => row.mark === mark).length;
  const given = Object.keys(marks ?? {}).sort((a, b) => marks![b] - marks![a]);
  const without = marks ? reached(undefined) : 0;
  const counts = [
    ...given.map((mark) => `${reached(mark)} × ${mark}`),
    ...(without > 0 ? [`${without} without a mark`] : []),
  ];
  return html`<p>${passed} of ${rows.length} pass: they reach ${toPass} of ${tasks.length} tasks.${
    counts.length > 0 && ` Marks: ${list(counts)}.`
  }</p>${table(
    ['Task', 'asked', 'passed by', 'median', 'lowest', 'highest'],
    tasks.map((task, i) => {
      const scores = rows.flatMap((row) => row.tasks[i].score ?? []).sort((a, b) => a - b);
      const middle =
        (scores[Math.floor((scores.length - 1) / 2)] + scores[Math.floor(scores.length / 2)]) / 2;
      return [
        task.task,
        `${task.recipe}: ${task.score} ${bound(task)}`,
        `${rows.filter((row) => row.tasks[i].passed).length} of ${rows.length}`,
        ...[middle, scores[0], scores.at(-1)!].map((score) => decimal(score)),
      ];
    }),
    said('Each task over all students'),
  )}${longTable(
    [
      'Seed',
      ...tasks.map(({ task }) => task),
      'passed',
      'verdict',
      ...(marks ? ['mark'] : []),
      'epochs',
      'student',
    ],
    rows.map(({ student, seed, tasks: own, passed: count, verdict, mark, epochs }) => [
      seed,
      ...own.map((one) => html`${shown(one.score)}<small>${one.passed ? 'pass' : 'fail'}</small>`),
      count,
      verdict,
      ...(marks ? [mark ?? '–'] : []),
      epochs,
      student,
    ]),
    said('Scores on the test images, the mean over the seeds within a run; epochs of all trainings of a run'),
    'grades.csv',
  )}`;
}
