/** Figures of a run as pictures, each as soon as what it shows is there. */
import {
  type Analysis,
  analyse,
  collectFigures,
  contextOf,
  type Figure,
  type PreparedRun,
  renderPng,
  type Task,
  type TaskId,
  tasks,
} from '@glassbox/experiments/page';
import type { FigureView } from './messages.ts';

const viewOf = ({ id, title, alt }: Figure, task?: TaskId): FigureView => ({
  id,
  title,
  alt,
  drawing: Date.now(),
  ...(task ? { task } : {}),
});

/** Draws what a task can show while others still train. The report draws all again. */
export async function drawTask({ context, results }: PreparedRun, task: TaskId): Promise<FigureView[]> {
  const drawn = figuresOf(task, results, analyse(results));
  for (const figure of drawn) await context.folder.write(`figures/${figure.id}.png`, renderPng(figure));
  return drawn.map((figure) => viewOf(figure, task));
}

/** All figures of a finished run, which the report has written. */
export function drawAll({ results }: PreparedRun): FigureView[] {
  const analysis = analyse(results);
  const owners = new Map(
    tasks.flatMap(({ id }) => figuresOf(id, results, analysis).map((figure) => [figure.id, id] as const)),
  );
  const ownerOf = ({ id }: Figure): TaskId | undefined => {
    const [, target] = id.match(/^(chest|pneumonia)-(?:pca|tsne|similarity)$/) ?? [];
    return target ? lookedAtBy[target as keyof typeof lookedAtBy] : owners.get(id);
  };
  return [...collectFigures(results, analysis).values()].map((figure) => viewOf(figure, ownerOf(figure)));
}

/** The task that looks at all latent spaces of a set. */
const lookedAtBy = { chest: '1b', pneumonia: '2c' } as const;

function figuresOf(id: TaskId, results: PreparedRun['results'], analysis: Analysis): Figure[] {
  const task: Task = tasks.find((one) => one.id === id)!;
  const drawn = task.figures?.(contextOf(results, analysis, tasks)) ?? [];
  return drawn.filter((figure) => figure !== undefined && figure !== false);
}
