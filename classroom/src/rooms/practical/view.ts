/** What the page shows of a run, from what the run tells. */
import type {
  AutoencoderResult,
  EmbeddingSituation,
  PreparedRun,
  ResultRow,
  TaskId,
  WatchedEpoch,
  WatchedPhase,
} from '@glassbox/experiments/page';
import type { RunView, TrainingView } from './messages.ts';

/** All trainings of a run, with what is known of them from before. */
export function trainingViews(
  { trainings, planned }: PreparedRun,
  before: readonly TrainingView[],
): TrainingView[] {
  return trainings.map(({ recipe, seed }, place) => {
    const { id, epochs: limit } = planned[place];
    const kept = before.find((one) => one.id === id);
    const own: TrainingView = kept ?? {
      id,
      task: (recipe === 'autoencoder' ? '1c' : recipe.task) as TaskId,
      name: recipe === 'autoencoder' ? 'Autoencoder' : recipe.name,
      seed,
      state: 'waiting',
      limit,
      epochs: 0,
      phase: '',
      place: -1,
      before: 0,
      layers: [],
      trainLoss: [],
      valLoss: [],
    };
    return { ...own, limit, state: own.state === 'running' ? 'waiting' : own.state };
  });
}

/** Adds an epoch; one that is trained again replaces itself and later ones. */
export function addEpoch(view: TrainingView, { phase, name, layers, history }: WatchedEpoch): void {
  if (view.place !== phase) {
    view.place = phase;
    view.before = view.trainLoss.length;
  }
  const add = (all: readonly number[], own: readonly number[]) => [...all.slice(0, view.before), ...own];
  view.phase = name;
  view.layers = layers;
  view.trainLoss = add(
    view.trainLoss,
    history.map(({ trainLoss }) => trainLoss),
  );
  view.valLoss = add(
    view.valLoss,
    history.map(({ valLoss }) => valLoss ?? Number.NaN),
  );
  view.epochs = view.trainLoss.length;
}

/** A phase has ended; one before that which is shown ends anew after a resume, and says nothing. */
export function endPhase(view: TrainingView, { phase, name, layers }: WatchedPhase): void {
  if (phase < view.place) return;
  view.phase = name;
  view.layers = layers;
}

export function endTraining(view: TrainingView, result: ResultRow | AutoencoderResult): void {
  view.state = 'done';
  view.left = undefined;
  view.epochs = result.epochs;
  view.trainLoss = result.history.map(({ trainLoss }) => trainLoss);
  view.valLoss = result.history.map(({ valLoss }) => valLoss);
  view.result =
    'psnr' in result
      ? { psnr: result.psnr, ssim: result.ssim }
      : { auc: result.test.auc, accuracy: result.test.accuracy };
}

export function addSpace(view: RunView, { id, target, title, separation }: EmbeddingSituation): void {
  const { silhouette, knnAccuracy: knn } = separation;
  view.spaces = view.spaces.filter((space) => space.id !== id);
  view.spaces.push({ id, target, title, silhouette, knn });
}
