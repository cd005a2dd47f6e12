import { classifierMetadata } from '@glassbox/classifier';
import { auc, evaluateRow } from '@glassbox/metrics';
import {
  BatchNorm2d,
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  type FitResult,
  type FitState,
  fit,
  PracticalNet,
  predict,
  SGD,
  type StateDict,
  warmUp,
  withRows,
} from '@glassbox/nn';
import { CLASS_NAMES } from '../figures/embeddings.ts';
import type { LoggedEpoch, ResultRow, TrainingSettings } from '../report/results.ts';
import { checkpoints, type RunStore, stageFile } from '../run/store.ts';
import { InterruptedError, type TaskContext } from './context.ts';
import type { TargetData } from './data.ts';
import { baseRate, batchSize, encoderLayers, headLayer, type Phase, type Recipe } from './recipe.ts';
import { watchPhase } from './watch.ts';

const momentum = 0.9;

/** Where a trained net's weights are kept. */
export function weightsFile(variant: string, seed: number): string {
  return `${checkpoints}/${variant}-seed${seed}.safetensors`;
}

/**
 * Hands the weights of an earlier training to `load`.
 * @throws Error that names their file and says how to get them anew.
 */
export async function withWeights<T>(
  context: TaskContext,
  variant: string,
  seed: number,
  load: (weights: StateDict) => T,
): Promise<T> {
  const { folder } = context;
  const file = weightsFile(variant, seed);
  try {
    return load((await folder.readTensors(file)).tensors);
  } catch (cause) {
    const stage = folder.file(stageFile(`${variant}-seed${seed}`));
    throw new Error(
      `${folder.file(file)}: these weights cannot be used (${(cause as Error).message}). Delete this file and ` +
        `${stage}, then resume: they are trained again`,
      { cause },
    );
  }
}

/** A net with the weights of an earlier training. */
export async function loadNet(context: TaskContext, variant: string, seed: number): Promise<PracticalNet> {
  const net = new PracticalNet(context.runtime, { seed });
  await withWeights(context, variant, seed, (weights) => net.loadStateDict(weights));
  return net;
}

/** What a row's stage is called in the run's folder. */
export function rowStage({ variant }: Recipe, seed: number): string {
  return `${variant}-seed${seed}`;
}

/**
 * Trains one row of the results, or finds it done: weights in `checkpoints/`, the row in `stages/`. An interrupted
 * training goes on from its last epoch.
 */
export function trainRow(context: TaskContext, recipe: Recipe, seed: number): Promise<ResultRow> {
  const id = rowStage(recipe, seed);
  return context.folder.stage(id, async () => {
    context.progress.begin(id);
    context.watch?.begin(id);
    const data = context.data[recipe.target];
    const net = await startingNet(context, recipe, seed);
    const history: LoggedEpoch[] = [];
    let last: FitResult | undefined;
    let seconds = 0;
    let before = 0;
    for (const [index, phase] of recipe.phases.entries()) {
      before = history.length;
      last = await runPhase(context, net, data, recipe, index, seed);
      seconds += last.seconds;
      history.push(...last.history.map((record) => loggedEpoch(record, before, recipe, phase)));
    }
    // With its classes, so that npm run predict can use it.
    const classes = CLASS_NAMES[recipe.target];
    const metadata = classifierMetadata({ net: 'practical', classes, size: 28, channels: 1, seed });
    const { folder } = context;
    await folder.writeTensors(weightsFile(recipe.variant, seed), await net.stateDict(), metadata);
    for (const index of recipe.phases.keys()) await folder.remove(stateFile(`${id}.phase${index}`));
    const row = await scoreNet(net, data, seed);
    const trained = recipe.phases.at(-1)!;
    const settings: TrainingSettings = {
      optimizer: `SGD, momentum ${momentum}`,
      learningRate: trained.rate(headLayer),
      batchSize,
      epochLimit: recipe.phases.reduce((sum, { epochs }) => sum + epochs, 0),
      patience: trained.patience ?? 0,
      monitor: trained.watches === 'auc' ? 'validation AUC' : 'validation loss',
      trainImages: Math.min(recipe.firstImages ?? Number.POSITIVE_INFINITY, data.train.rows.length),
      availableImages: data.dataset.splits.train.count,
      initialisation: describeStart(recipe, seed),
      trainableParameters: net.parameterCount({ trainable: true }),
      totalParameters: net.parameterCount(),
      ...(recipe.notes ? { notes: recipe.notes } : {}),
    };
    const best = history[before + Math.max(0, last!.bestEpoch - 1)];
    return {
      task: recipe.task,
      variant: recipe.variant,
      name: recipe.name,
      target: recipe.target,
      seed,
      epochs: history.length,
      bestEpoch: best?.epoch ?? 0,
      stopReason: last!.stopReason,
      trainSeconds: seconds,
      ...row,
      ...(best?.trainAccuracy === undefined ? {} : { train: { accuracy: best.trainAccuracy } }),
      training: settings,
      history,
    };
  });
}

/** A fresh net whose encoder holds what the recipe transfers; the head is always new. */
async function startingNet(context: TaskContext, { encoderOf }: Recipe, seed: number): Promise<PracticalNet> {
  const net = new PracticalNet(context.runtime, { seed });
  if (encoderOf === 'random') return net;
  await withWeights(context, encoderOf, seed, (weights) => {
    const encoder = new Map([...weights].filter(([name]) => isEncoder(name)));
    const { matched } = net.loadStateDict(encoder, { strict: false });
    if (matched.length !== encoder.size) {
      throw new Error(`only ${matched.length} of ${encoder.size} encoder tensors fit the net`);
    }
  });
  return net;
}

function isEncoder(name: string): boolean {
  return (encoderLayers as readonly string[]).includes(name.split('.')[0]);
}

async function runPhase(
  context: TaskContext,
  net: PracticalNet,
  data: TargetData,
  recipe: Recipe,
  index: number,
  seed: number,
): Promise<FitResult> {
  const { folder, signal, note, progress, watch } = context;
  const phase = recipe.phases[index];
  const training = rowStage(recipe, seed);
  const id = `${training}.phase${index}`;
  const layers = net.namedChildren();
  const everTrained = phase.layers(Number.POSITIVE_INFINITY);
  const optimizer = new SGD(
    everTrained.map((layer) => ({ parameters: layers.get(layer)!.parameters(), lr: phase.rate(layer) })),
    { lr: baseRate, momentum },
  );
  const { checkpoint, ...state } = await keptState(folder, id);
  const place = { training, phase: index, phases: recipe.phases.length, name: phase.name };
  const watched = await watchPhase(watch, net, place, phase.layers);
  const display = progress.display(recipe.name);
  const train = recipe.firstImages
    ? withRows(data.train, data.train.rows.subarray(0, recipe.firstImages))
    : data.train;
  try {
    const result = await fit(net, {
      train,
      val: data.val,
      loss: crossEntropyLoss(),
      optimizer,
      epochs: phase.epochs,
      batchSize,
      seed,
      ...(phase.patience === null
        ? {}
        : { earlyStopping: { patience: phase.patience, monitor: phase.watches ?? 'valLoss' } }),
      // A phase without early stopping hands on its last epoch.
      restoreBest: phase.patience !== null,
      ...(phase.warmUpEpochs ? { schedule: warmUp(phase.warmUpEpochs), scheduleUnit: 'epoch' as const } : {}),
      scores: ({ values, width }) => ({ auc: auc(logOdds(values, width), data.labels.val) }),
      onEpochStart: (epoch) => freezeAllBut(net, phase.layers(epoch), phase.batchNorm),
      onEpoch: (record) => folder.log(id, record),
      queueAhead: true,
      checkpoint: async (state) => {
        await checkpoint(state);
        await watched.epoch(state);
      },
      ...state,
      signal,
      progress: display.update,
    });
    display.clear();
    if (result.stopReason === 'interrupted') throw new InterruptedError(`${recipe.name} (seed ${seed})`);
    await watched.kept();
    if (phase === recipe.phases.at(-1)) progress.end();
    const last = result.history.at(-1);
    const left = progress.left();
    note(
      `  ${progress.place}: ${recipe.name}${recipe.phases.length > 1 ? `, ${phase.name}` : ''}, seed ` +
        `${seed}: ${result.history.length} epochs, best ${result.bestEpoch}, validation loss ` +
        `${last?.valLoss?.toFixed(3)}, ${result.seconds.toFixed(1)} s${left ? `; ${left}` : ''}`,
    );
    return result;
  } finally {
    display.clear();
  }
}

/** Where the state of a training in progress is kept. */
export function stateFile(id: string): string {
  return `${checkpoints}/${id}.training.safetensors`;
}

/** What `fit` needs to keep its state with the run, and to go on from the state that is there. */
export async function keptState(folder: RunStore, id: string) {
  const file = stateFile(id);
  const checkpoint = (state: FitState) => {
    const { tensors, metadata } = encodeFitState(state);
    return folder.writeTensors(file, tensors, metadata);
  };
  if (!folder.has(file)) return { checkpoint };
  return { checkpoint, resume: decodeFitState(await folder.readTensors(file), folder.file(file)) };
}

function freezeAllBut(net: PracticalNet, trained: readonly string[], batchNorm: Phase['batchNorm']): void {
  for (const [name, layer] of net.namedChildren()) {
    if (trained.includes(name)) layer.unfreeze();
    else layer.freeze(layer instanceof BatchNorm2d ? { batchNorm } : {});
  }
}

/** Log-odds of class 1 from two logits. */
export function logOdds(logits: Float32Array, width: number): Float64Array {
  return Float64Array.from(
    { length: logits.length / width },
    (_, n) => logits[n * width + 1] - logits[n * width],
  );
}

async function scoreNet(net: PracticalNet, data: TargetData, seed: number) {
  const score = async (split: 'val' | 'test') => {
    const { values, width } = await predict(net, data[split]);
    return { logOdds: logOdds(values, width), labels: data.labels[split] };
  };
  return evaluateRow({ val: await score('val'), test: await score('test') }, { seed });
}

function loggedEpoch(
  record: FitResult['history'][number],
  before: number,
  recipe: Recipe,
  phase: Phase,
): LoggedEpoch {
  return {
    epoch: before + record.epoch,
    trainLoss: record.trainLoss,
    valLoss: record.valLoss!,
    ...(record.trainAccuracy === undefined ? {} : { trainAccuracy: record.trainAccuracy }),
    ...(record.valAccuracy === undefined ? {} : { valAccuracy: record.valAccuracy }),
    ...(Number.isFinite(record.scores.auc) ? { valAuc: record.scores.auc } : {}),
    learningRate: record.learningRates.at(-1)!,
    ...(recipe.phases.length > 1 ? { phase: phase.name } : {}),
  };
}

function describeStart({ encoderOf }: Recipe, seed: number): string {
  if (encoderOf === 'random') return `random (seed ${seed})`;
  if (encoderOf === 'autoencoder')
    return `convolutions of the autoencoder (seed ${seed}), fresh batch norm and head`;
  return `encoder of ${encoderOf} (seed ${seed}), fresh head`;
}
