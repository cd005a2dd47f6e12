/**
 * Everything that a training needs to go on from its last epoch to the same bits: one safetensors file, so that it
 * is written whole or not at all. Tensors are named `model/…`, `best/…`, `optimizer/…` and `average/…`; the rest is
 * JSON in the file's metadata under `fit`.
 */
import { CheckpointError } from '../checkpoint/errors.ts';
import { readSafetensors, writeSafetensors } from '../checkpoint/file.ts';
import type { Checkpoint } from '../checkpoint/safetensors.ts';
import { isNormalization, type Normalization } from '../data/normalization.ts';
import type { HostTensor, StateDict } from '../module/state-dict.ts';
import type { AveragedState } from '../optim/averaged-model.ts';
import type { OptimizerState } from '../optim/state.ts';
import { isPlateauState, type PlateauState } from '../schedule/reduce-lr-on-plateau.ts';
import type { EarlyStoppingState } from './early-stopping.ts';
import type { EpochRecord } from './records.ts';
import { isSavedModes, type SavedModes } from './saved-modes.ts';

/** The state of a training after an epoch. */
export interface FitState {
  /** Epochs done. */
  readonly epoch: number;
  /** The seed of the order of images. */
  readonly seed: number;
  /** The model's state dict after the epoch. */
  readonly model: StateDict;
  /** What the optimiser has remembered: averages, momenta, counts of steps. */
  readonly optimizer: OptimizerState;
  /** The best epoch's model; the same as `model` if that is the last one. */
  readonly best: StateDict;
  /** Best epoch and value so far, and how long ago that was. */
  readonly stopping: EarlyStoppingState;
  /** The record of each epoch, in order. */
  readonly history: readonly EpochRecord[];
  /** What steps advance and the model's state does not hold: see `Module.namedStepCounters`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Steps of the optimiser so far: the time of schedules. Absent in states that were written before it was kept. */
  readonly updates?: number;
  /** What steps advance in a `transform` that is a module. */
  readonly transform?: Readonly<Record<string, number>>;
  /** Of a `schedule` that is a `ReduceLROnPlateau`. */
  readonly plateau?: PlateauState;
  /** What the training images were normalised with, if they were examples: who predicts needs the same. */
  readonly normalization?: Normalization;
  /** The average of the weights, if there is one; `best` is averaged then. */
  readonly average?: AveragedState;
  /** What is frozen, and which parts are in evaluation mode. Absent in states that were written before it was kept. */
  readonly modes?: SavedModes;
}

/** What is written. Version 1 had `dropoutCalls`, by names of layers, in place of `counters`. */
const version = '2';

/** A state as what a safetensors file holds. */
export function encodeFitState(state: FitState): { tensors: StateDict; metadata: Record<string, string> } {
  const { model, best, optimizer, average, ...rest } = state;
  const tensors: StateDict = new Map();
  const put = (prefix: string, source: StateDict) => {
    for (const [name, tensor] of source) tensors.set(`${prefix}/${name}`, tensor);
  };
  put('model', model);
  if (best !== model) put('best', best);
  put('optimizer', optimizer.tensors);
  if (average) put('average', average.tensors);
  const { kind, groups, steps } = optimizer;
  const fit = {
    version,
    ...rest,
    optimizer: { kind, groups, steps },
    bestIsModel: best === model,
    ...(average ? { averaged: average.updates } : {}),
  };
  return { tensors, metadata: { fit: JSON.stringify(fit, notFinite) } };
}

/**
 * The state in a safetensors file's content.
 * @throws CheckpointError if the file is no training state.
 */
export function decodeFitState({ tensors, metadata }: Checkpoint, file = 'training state'): FitState {
  const fail = (problem: string): never => {
    throw new CheckpointError(file, problem, 'Start the training anew, or give the file that fit wrote.');
  };
  const text =
    metadata.get('fit') ?? fail('is a safetensors file but no training state (no fit in its metadata)');
  let fit: Record<string, unknown>;
  try {
    fit = JSON.parse(text, reviveNotFinite);
  } catch (error) {
    return fail(`holds a training state that is not JSON (${(error as Error).message})`);
  }
  if (fit?.version !== '1' && fit?.version !== version) {
    // Text alone is quoted: what a damaged file has instead may not even have a form as text.
    const said = typeof fit?.version === 'string' ? `of version ${fit.version}` : 'without a version';
    fail(`is a training state ${said}; 1 and ${version} are known`);
  }
  const {
    epoch,
    seed,
    stopping,
    history,
    modes,
    updates,
    transform,
    plateau,
    normalization,
    averaged,
    optimizer,
    bestIsModel,
  } = fit as unknown as Fields;
  const counters = fit.version === '1' ? callsOf(fit.dropoutCalls) : fit.counters;
  const part = (prefix: string): StateDict =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, tensor]): [string, HostTensor] => [name.slice(prefix.length + 1), tensor]),
    );
  const valid =
    isCount(epoch) &&
    isCount(seed) &&
    isObject(stopping) &&
    isCount(stopping.bestEpoch) &&
    isCount(stopping.waited) &&
    typeof stopping.bestValue === 'number' &&
    Array.isArray(history) &&
    history.length === epoch &&
    history.every(isRecord) &&
    isCounts(counters) &&
    (modes === undefined || isSavedModes(modes)) &&
    (updates === undefined || isCount(updates)) &&
    (transform === undefined || isCounts(transform)) &&
    (plateau === undefined || isPlateauState(plateau)) &&
    (normalization === undefined || isNormalization(normalization)) &&
    (averaged === undefined || isCount(averaged)) &&
    isObject(optimizer) &&
    typeof optimizer.kind === 'string' &&
    Array.isArray(optimizer.steps) &&
    optimizer.steps.every(isCount) &&
    Array.isArray(optimizer.groups) &&
    optimizer.groups.every((group) => isObject(group) && isCount(group.size) && isObject(group.hyper));
  if (!valid) return fail('holds a training state with a member missing or of the wrong type');
  const model = part('model');
  const best = bestIsModel ? model : part('best');
  if (model.size === 0 || best.size === 0) fail('holds a training state without a model');
  return {
    epoch,
    seed,
    model,
    best,
    stopping,
    history,
    counters,
    ...(modes ? { modes } : {}),
    ...(updates === undefined ? {} : { updates }),
    ...(transform ? { transform } : {}),
    ...(plateau ? { plateau } : {}),
    ...(normalization ? { normalization } : {}),
    ...(averaged === undefined ? {} : { average: { updates: averaged, tensors: part('average') } }),
    optimizer: { ...optimizer, tensors: part('optimizer') },
  };
}

/** Writes a state, whole or not at all. @throws CheckpointError if it cannot be written. */
export async function writeFitState(path: string, state: FitState): Promise<void> {
  const { tensors, metadata } = encodeFitState(state);
  await writeSafetensors(path, tensors, metadata);
}

/** Reads a state. @throws CheckpointError if the file cannot be read or is no training state. */
export async function readFitState(path: string): Promise<FitState> {
  return decodeFitState(await readSafetensors(path), path);
}

interface Fields extends Omit<FitState, 'model' | 'best' | 'optimizer' | 'average'> {
  readonly averaged?: number;
  readonly optimizer: Omit<OptimizerState, 'tensors'>;
  readonly bestIsModel: boolean;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is Record<string, number> {
  return isObject(value) && Object.values(value).every(isCount);
}

/** Counters by the names that they had in version 1: those of the layers. */
function callsOf(dropoutCalls: unknown): unknown {
  if (!isObject(dropoutCalls)) return dropoutCalls;
  return Object.fromEntries(
    Object.entries(dropoutCalls).map(([layer, calls]) => [layer ? `${layer}.calls` : 'calls', calls]),
  );
}

function isRecord(value: unknown): boolean {
  return (
    isObject(value) &&
    isCount(value.epoch) &&
    typeof value.trainLoss === 'number' &&
    typeof value.seconds === 'number' &&
    isObject(value.scores) &&
    Object.values(value.scores).every((score) => typeof score === 'number') &&
    Array.isArray(value.learningRates) &&
    value.learningRates.every((rate) => typeof rate === 'number')
  );
}

/** JSON has no NaN: a score that could not be computed is kept as a word. */
function notFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { notFinite: String(value) } : value;
}

function reviveNotFinite(_key: string, value: unknown): unknown {
  return isObject(value) && typeof value.notFinite === 'string' && Object.keys(value).length === 1
    ? Number(value.notFinite)
    : value;
}
