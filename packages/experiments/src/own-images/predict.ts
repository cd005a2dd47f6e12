/** `npm run predict`: what a classifier makes of files. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Classifier, openClassifier, type Prediction, predict } from '@glassbox/classifier';
import { UsageError, visible } from '@glassbox/host/command-line';
import { PictureError } from '@glassbox/images';
import { type NamedPicture, readPictures } from '@glassbox/images/files';
import { DataError } from '@glassbox/medmnist';
import { CheckpointError } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import { deviceOf } from '@glassbox/tensor-core/command-line';
import { picturesIn } from './find.ts';
import type { PredictCommand } from './predict-options.ts';

/** Where answers and errors go, a line at a time. */
export interface Output {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** An image and its answer. */
interface Answered extends Prediction {
  readonly image: string;
}

/** Pictures that are answered at once: their pixels lie in memory together. */
const together = 64;

/**
 * Answers every image that can be read.
 * @returns the exit status: 1 if some could not be read.
 * @throws UsageError if there is no such checkpoint, or it is none.
 */
export async function predictFiles(command: PredictCommand, { out, err }: Output): Promise<number> {
  const { checkpoint, images, format } = command;
  const isRun = statSync(checkpoint, { throwIfNoEntry: false })?.isDirectory();
  const file = isRun ? join(checkpoint, 'classifier.safetensors') : checkpoint;
  if (isRun && !existsSync(file)) {
    throw new UsageError(`${checkpoint} has no classifier.safetensors: a run that is not finished has none`);
  }
  const runtime = await openRuntime(deviceOf(command.device));
  try {
    const classifier = await openClassifier(runtime, file, command.spec).catch((error: unknown) => {
      throw error instanceof CheckpointError ? new UsageError(error.message) : error;
    });
    let failed = 0;
    const answers: Answered[] = [];
    let waiting: NamedPicture[] = [];
    const answer = async () => {
      const found = await predict(
        classifier,
        waiting.map(({ picture }) => picture),
      );
      answers.push(...found.map((one, n) => ({ image: waiting[n].name, ...one })));
      waiting = [];
    };
    for (const path of images.flatMap((path) => filesOf(path, err))) {
      try {
        waiting.push(...(await readPictures(path)));
      } catch (error) {
        if (!(error instanceof PictureError || error instanceof DataError)) throw error;
        failed++;
        err(error.message);
      }
      if (waiting.length >= together) await answer();
    }
    if (waiting.length > 0) await answer();
    if (answers.length > 0 || format !== 'table')
      for (const line of lines(command, classifier, answers)) out(line);
    return failed > 0 || answers.length === 0 ? 1 : 0;
  } finally {
    await runtime.destroy();
  }
}

/** A file as it is; the pictures in a folder, sorted. */
function filesOf(path: string, err: (line: string) => void): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const found = picturesIn(path).pictures.sort();
  if (found.length === 0)
    err(`${path}: has no pictures in it. PNG, JPEG and DICOM files are taken, and npy.`);
  return found;
}

/** The answers as they are printed. */
function lines(
  { format, top }: PredictCommand,
  { classes }: Classifier,
  answers: readonly Answered[],
): string[] {
  /** The classes that are shown for an answer. */
  const shown = ({ probabilities }: Prediction) => {
    const all = [...classes.keys()];
    if (top === undefined) return all;
    return all.sort((a, b) => probabilities[b] - probabilities[a] || a - b).slice(0, top);
  };
  if (format === 'json') {
    const kept = answers.map(({ image, ...answer }) => ({
      image,
      class: answer.class,
      probabilities: shown(answer).map((k) => ({ class: classes[k], probability: answer.probabilities[k] })),
    }));
    return [JSON.stringify({ classes, answers: kept }, null, 2)];
  }
  const csv = format === 'csv';
  const rows = answers.map((answer) => {
    const cells = shown(answer).flatMap((k) => {
      const p = answer.probabilities[k].toFixed(csv ? 6 : 3);
      if (top === undefined) return [p];
      return csv ? [classes[k], p] : [`${classes[k]} ${p}`];
    });
    return [answer.image, answer.class, ...cells];
  });
  const columns = top === undefined ? classes : csv ? ranks(Math.min(top, classes.length)) : [];
  const all = [['image', 'class', ...columns], ...rows];
  return csv ? all.map((row) => row.map(csvCell).join(',')) : table(all.map((row) => row.map(inLine)));
}

/** Heads of the columns of the most probable classes. */
const ranks = (count: number) =>
  Array.from({ length: count }, (_, n) => [`class ${n + 1}`, `probability ${n + 1}`]).flat();

/** A cell as RFC 4180 has it. */
const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** File and class names may hold anything: they stay in their line, and do nothing to the terminal. */
const inLine = (text: string) => visible(text.replaceAll('\n', ' '));

/** Columns beside each other; those from the third on are numbers. */
function table(all: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...all.map((row) => (row[c] ?? '').length)),
  );
  return all.map((row) =>
    row
      .map((cell, c) => (c < 2 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  );
}
