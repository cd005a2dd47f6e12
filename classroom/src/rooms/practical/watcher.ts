import { type PreparedRun, type RunProgress, type RunWatcher, roughly } from '@glassbox/experiments/page';
import { drawTask } from './figures.ts';
import type { RunView } from './messages.ts';
import { addEpoch, addSpace, endPhase, endTraining } from './view.ts';

/** What is to be done with a view that has changed. */
interface Changed {
  /** Shown, and kept for a reload. */
  readonly keep: () => Promise<void>;
  readonly show: () => void;
  /** Shown, if the last time is some while ago. */
  readonly showSoon: () => void;
}

/** Keeps a view in step with a run. */
export function watchRun(
  view: RunView,
  run: () => PreparedRun,
  { keep, show, showSoon }: Changed,
): RunWatcher {
  const find = (id: string) => view.trainings.find((training) => training.id === id)!;
  // Those of this stretch of the run: it also goes through what was finished before.
  const begun = new Set<string>();
  const ended = new Set<string>();
  return {
    begin(id) {
      begun.add(id);
      find(id).state = 'running';
      show();
    },
    progress() {
      showTimesLeft(view, run().context.progress);
      showSoon();
    },
    async epoch(epoch) {
      addEpoch(find(epoch.training), epoch);
      await keep();
    },
    kept: (phase) => endPhase(find(phase.training), phase),
    async end(id, result) {
      endTraining(find(id), result);
      ended.add(id);
      const { task } = find(id);
      const own = view.trainings.filter((training) => training.task === task);
      const changed =
        own.some((training) => begun.has(training.id)) ||
        !view.figures.some((figure) => figure.task === task);
      if (changed && own.every((training) => ended.has(training.id))) {
        const drawn = await drawTask(run(), task);
        view.figures = [...view.figures.filter((figure) => figure.task !== task), ...drawn];
      }
      if (ended.size === view.trainings.length) view.stage = 'reporting';
      await keep();
    },
    space(situation) {
      addSpace(view, situation);
      show();
    },
  };
}

function showTimesLeft(view: RunView, progress: RunProgress): void {
  const all = progress.secondsLeft();
  view.left = all === undefined ? undefined : roughly(all);
  for (const { id, seconds } of progress.secondsLeftOfEach() ?? []) {
    const training = view.trainings.find((one) => one.id === id);
    if (training) training.left = seconds > 0 ? roughly(seconds) : undefined;
  }
}
