/** Looking on while a run trains: what each epoch gave, and how far the weights of each layer have moved. */
import type { FitProgress, FitState, Module, StateDict } from '@glassbox/nn';
import type { AutoencoderResult, EmbeddingSituation, ResultRow } from '../report/results.ts';

/** How a layer's tensors differ between two moments of a training. */
export interface LayerChange {
  /** Its name in the net, such as `conv1`. */
  readonly layer: string;
  /** Whether the optimiser left it out. */
  readonly frozen: boolean;
  /** Number of its weights and biases, and of those that have another value than before. */
  readonly weights: number;
  readonly changed: number;
  /** The largest change of a weight or bias; 0 if none changed. */
  readonly largest: number;
  /** The largest change of a running statistic; absent in layers without them. */
  readonly statistics?: number;
}

/** A stretch of a training: an epoch that has ended, or a phase whose weights were chosen. */
export interface WatchedPhase {
  /** As its stage is called. */
  readonly training: string;
  /** From 0. */
  readonly phase: number;
  readonly phases: number;
  /** What the phase is called. */
  readonly name: string;
  /** Each layer now, against the beginning of the phase. */
  readonly layers: readonly LayerChange[];
}

/** An epoch of a phase. */
export interface WatchedEpoch extends WatchedPhase {
  /** All epochs of the phase up to now. */
  readonly history: FitState['history'];
}

/** Who looks on, such as a page. */
export interface RunWatcher {
  /** A training begins, or goes on. */
  begin(training: string): void;
  /** After some steps. */
  progress(progress: FitProgress): void;
  /** After each epoch, when its state is kept. The training waits. */
  epoch(epoch: WatchedEpoch): Promise<void> | void;
  /** After each phase, with the weights that are kept of it. The training waits. */
  kept(phase: WatchedPhase): Promise<void> | void;
  /** A training has ended, now or in an earlier stretch of the run. */
  end(training: string, result: ResultRow | AutoencoderResult): Promise<void> | void;
  /** A latent space was looked at, now or in an earlier stretch of the run. */
  space(situation: EmbeddingSituation): void;
}

/**
 * Remembers a net as it is at the beginning of a phase, and tells who looks on how it moves on from there. Nothing
 * happens where nobody looks on.
 * @param trained names of the layers that train in an epoch, from 1; Infinity: in any
 */
export async function watchPhase(
  watch: RunWatcher | undefined,
  net: Module,
  place: Omit<WatchedPhase, 'layers'>,
  trained: (epoch: number) => readonly string[],
) {
  const before = watch && (await net.stateDict());
  const changes = (after: StateDict, epoch: number) => {
    const names = trained(epoch);
    return layerChanges(before!, after, (layer) => names.includes(layer));
  };
  return {
    epoch: async ({ epoch, model, history }: FitState) =>
      watch?.epoch({ ...place, layers: changes(model, epoch), history }),
    kept: async () =>
      watch?.kept({ ...place, layers: changes(await net.stateDict(), Number.POSITIVE_INFINITY) }),
  };
}

const statistics = ['running_mean', 'running_var'];

/**
 * Compares two states of a net, tensor by tensor.
 * @param trained whether a layer trains
 */
export function layerChanges(
  before: StateDict,
  after: StateDict,
  trained: (layer: string) => boolean,
): LayerChange[] {
  const layers = new Map<
    string,
    { weights: number; changed: number; largest: number; statistics?: number }
  >();
  for (const [name, { data }] of after) {
    const [, layer, tensor] = name.match(/^(.*)\.([^.]+)$/)!;
    if (tensor === 'num_batches_tracked') continue;
    const old = before.get(name)!.data;
    const seen = layers.get(layer) ?? { weights: 0, changed: 0, largest: 0 };
    layers.set(layer, seen);
    let changed = 0;
    let largest = 0;
    for (let i = 0; i < data.length; i++) {
      if (data[i] === old[i]) continue;
      changed++;
      largest = Math.max(largest, Math.abs(Number(data[i]) - Number(old[i])));
    }
    if (statistics.includes(tensor)) {
      seen.statistics = Math.max(seen.statistics ?? 0, largest);
    } else {
      seen.weights += data.length;
      seen.changed += changed;
      seen.largest = Math.max(seen.largest, largest);
    }
  }
  return [...layers].map(([layer, change]) => ({ layer, frozen: !trained(layer), ...change }));
}
