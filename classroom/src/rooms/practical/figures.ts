/** Figures of a run as pictures, each as soon as what it shows is there. */
import {
  analyse,
  collectFigures,
  contextOf,
  type Figure,
  type PreparedRun,
  renderPng,
  type TaskId,
  tasks,
} from '@glassbox/experiments/page';
import type { FigureView } from './messages.ts';

let drawings = 0;

const viewOf = ({ id, title, alt }: Figure, task?: TaskId): FigureView => ({
  id,
  title,
  alt,
  drawing: ++drawings,
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
  return [...collectFigures(results, analysis).values()].map((figure) =>
    viewOf(figure, owners.get(figure.id)),
  );
}

function figuresOf(
  task: TaskId,
  results: PreparedRun['results'],
  analysis: ReturnType<typeof analyse>,
): Figure[] {
  const { figures } = tasks.find(({ id }) => id === task) as (typeof tasks)[number] & {
    figures?: (context: ReturnType<typeof contextOf>) => readonly (Figure | undefined | false)[];
  };
  return (figures?.(contextOf(results, analysis, tasks)) ?? []).filter(
    (figure) => figure !== undefined && figure !== false,
  );
}
