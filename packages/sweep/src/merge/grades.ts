/** A course's practicals as one table: a row for each student, judged by thresholds from a file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean } from '@glassbox/metrics';
import { checkOptions, number, type OptionTable, oneOf, required, text, whole } from '@glassbox/options';
import type { DoneCell } from './cells.ts';
import { type Column, csv } from './tables.ts';

/** What one task of the practical must reach. */
export interface Threshold {
  /** As the column is called. */
  readonly task: string;
  /** The recipe as results.json calls it (`variant`), or `autoencoder`. */
  readonly recipe: string;
  /** A score on the test images: `auc`, `accuracy`, …; of the autoencoder `psnr`, `ssim`, `mse`. */
  readonly score: string;
  /** The least that passes. One of the two bounds is given. */
  readonly atLeast?: number;
  /** The most that passes. */
  readonly atMost?: number;
}

/** The file of thresholds. */
export interface GradeFile {
  readonly format: 1;
  readonly tasks: readonly Threshold[];
  /** Tasks that a student must pass. Default: all. */
  readonly toPass?: number;
  /** Marks and the least number of passed tasks that each needs, in any order. Who reaches none has no mark. */
  readonly marks?: Readonly<Record<string, number>>;
}

const thresholdNames: OptionTable<Threshold> = {
  task: required(text),
  recipe: required(text),
  score: required(text),
  atLeast: number,
  atMost: number,
};
const fileNames: OptionTable<GradeFile> = {
  format: required(oneOf(1)),
  tasks: required({ what: 'a list of tasks', fits: (value) => Array.isArray(value) && value.length > 0 }),
  toPass: whole(0),
  marks: {
    what: 'an object of marks and numbers of tasks',
    fits: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((least) => Number.isInteger(least) && least >= 0),
  },
};

/** Reads what a practical must reach. @throws an error that names the file and what is wrong */
export function readGradeFile(path: string): GradeFile {
  let file: GradeFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read as JSON: ${(error as Error).message}`);
  }
  checkOptions(path, file, fileNames);
  const seen = new Set<string>();
  file.tasks.forEach((task, i) => {
    const owner = `${path}: task ${i}`;
    checkOptions(owner, task, thresholdNames);
    if ((task.atLeast === undefined) === (task.atMost === undefined)) {
      throw new Error(`${owner} (${task.task}): give either atLeast or atMost`);
    }
    if (seen.has(task.task)) throw new Error(`${owner}: ${task.task} is there twice; give each its own name`);
    seen.add(task.task);
  });
  if (file.toPass !== undefined && file.toPass > file.tasks.length) {
    throw new Error(`${path}: toPass is ${file.toPass} of ${file.tasks.length} tasks`);
  }
  const least = Object.values(file.marks ?? {});
  const wrong = least.find((one, i) => one > file.tasks.length || least.indexOf(one) !== i);
  if (wrong !== undefined) {
    throw new Error(
      `${path}: marks needs ${wrong} of ${file.tasks.length} tasks for a mark; give each another number up to that`,
    );
  }
  return file;
}

/** A student's scores. */
export interface Grade {
  /** Folder of the cell. */
  readonly student: string;
  readonly seed: number;
  /** In the order of the file; a score is undefined where the run has none. */
  readonly tasks: readonly { readonly score: number | undefined; readonly passed: boolean }[];
  readonly passed: number;
  readonly verdict: 'pass' | 'fail';
  /** Undefined where the file has none, or none was reached. */
  readonly mark: string | undefined;
  /** What the run cost: epochs of all its trainings. */
  readonly epochs: number;
}

/** What grades read of a practical's results.json. */
interface Practical {
  readonly rows?: unknown;
  readonly autoencoders?: unknown;
}

const listed = (value: unknown) => (Array.isArray(value) ? value : []) as Record<string, unknown>[];

/** The values of a score, one for each seed within the run. */
function scoresIn(results: Practical, { recipe, score }: Threshold): number[] {
  const found =
    recipe === 'autoencoder'
      ? listed(results.autoencoders).map((one) => one?.[score])
      : listed(results.rows)
          .filter((row) => row?.variant === recipe)
          .map((row) => (row.test as Record<string, unknown> | undefined)?.[score]);
  return found.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

/** Epochs of all trainings of a run. */
function epochsOf({ rows, autoencoders }: Practical): number {
  const counts = [rows, autoencoders].flatMap(listed).map(({ epochs }) => Number(epochs));
  return counts.filter((count) => count > 0).reduce((sum, count) => sum + count, 0);
}

/**
 * Grades the practicals among the cells by their `run/results.json`, in the order of the cells.
 * @throws where there is none, the results of one cannot be read, or no practical has a score
 */
export function gradePracticals(
  dir: string,
  cells: readonly DoneCell[],
  { tasks, toPass, marks = {} }: GradeFile,
): Grade[] {
  const practicals = cells.filter(({ run }) => run === 'practical');
  if (practicals.length === 0) throw new Error('no cell is a practical: there is nothing to grade');
  const grades = practicals.map(({ name, seed }): Grade => {
    const path = join('cells', name, 'run', 'results.json');
    let results: Practical;
    try {
      results = (JSON.parse(readFileSync(join(dir, path), 'utf8')) ?? {}) as Practical;
    } catch (error) {
      throw new Error(`${path} cannot be read: ${(error as Error).message}; run the cell again`);
    }
    const judged = tasks.map((task) => {
      const values = scoresIn(results, task);
      const score = values.length === 0 ? undefined : mean(values);
      const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = task;
      return { score, passed: score !== undefined && score >= atLeast && score <= atMost };
    });
    const passed = judged.filter((one) => one.passed).length;
    const verdict = passed >= (toPass ?? tasks.length) ? 'pass' : 'fail';
    const [mark] = Object.entries(marks)
      .filter(([, least]) => passed >= least)
      .sort(([, a], [, b]) => b - a)
      .map(([reached]) => reached);
    return { student: name, seed, tasks: judged, passed, verdict, mark, epochs: epochsOf(results) };
  });
  tasks.forEach(({ task, recipe, score }, i) => {
    if (grades.some((grade) => grade.tasks[i].score !== undefined)) return;
    throw new Error(
      `task ${task}: no practical has the score ${score} of the recipe ${recipe}; results.json of a run has both names`,
    );
  });
  return grades;
}

/** `grades.csv`: each task has a column for its score, empty where the run has none, and one for the verdict. */
export function gradesCsv(grades: readonly Grade[], { tasks, marks }: GradeFile, note?: string): string {
  const columns: Column<Grade>[] = [
    { name: 'student', value: ({ student }) => student },
    { name: 'seed', value: ({ seed }) => seed },
    ...tasks.flatMap(({ task }, i): Column<Grade>[] => [
      { name: task, value: (grade) => grade.tasks[i].score },
      { name: `${task} passed`, value: (grade) => (grade.tasks[i].passed ? 'pass' : 'fail') },
    ]),
    { name: 'passed', value: ({ passed }) => passed },
    { name: 'verdict', value: ({ verdict }) => verdict },
    ...(marks ? [{ name: 'mark', value: ({ mark }: Grade) => mark }] : []),
    { name: 'epochs', value: ({ epochs }) => epochs },
  ];
  return csv(columns, grades, note);
}
