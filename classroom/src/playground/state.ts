/** All that the next steps of a training depend on, on the host: to go back to a step, or to begin another run. */
import type { Optimizer, OptimizerState, Sequential, StateDict } from '@glassbox/nn';
import type { NamedLayer } from './net.ts';

/** Weights, running statistics, averages of the optimiser and counters. */
export interface NetState {
  readonly net: StateDict;
  readonly optimizer: OptimizerState;
  /** Masks that dropout has drawn, by layer. */
  readonly counters: ReadonlyMap<string, number>;
}

/** A training after so many steps. */
export interface TrainingState extends NetState {
  readonly steps: number;
  /** Fingerprint of the losses up to here. */
  readonly trace: string;
}

export async function readState(net: Sequential, optimizer: Optimizer): Promise<NetState> {
  const counters = new Map([...net.namedStepCounters()].map(([name, { value }]) => [name, value]));
  const [state, averages] = await Promise.all([net.stateDict(), optimizer.stateDict()]);
  return { net: state, optimizer: averages, counters };
}

export function writeState(net: Sequential, optimizer: Optimizer, state: NetState): void {
  // A training with a high learning rate may well diverge, and be looked at.
  net.loadStateDict(state.net, { allowNonFinite: true });
  optimizer.loadStateDict(state.optimizer);
  for (const [name, counter] of net.namedStepCounters()) counter.value = state.counters.get(name) ?? 0;
}

type LayerName = Pick<NamedLayer, 'kind' | 'number'>;

/**
 * The state of a net that takes on what it has in common with another one: layers of the same kind and number.
 * What the other lacks stays as in `own`, also all averages if the other has another optimiser.
 */
export function continueState(
  own: NetState,
  ownLayers: readonly LayerName[],
  from: NetState,
  fromLayers: readonly LayerName[],
): NetState {
  const sameLayer = (index: number) => {
    const { kind, number } = ownLayers[index];
    return fromLayers.findIndex((layer) => layer.kind === kind && layer.number === number);
  };
  /** What the other net calls the same tensor: names begin with the number of the layer. */
  const sameName = (name: string) => {
    const [index, rest] = name.split('.');
    return `${sameLayer(Number(index))}.${rest}`;
  };
  const net = new Map([...own.net].map(([name, value]) => [name, from.net.get(sameName(name)) ?? value]));
  const counters = new Map(
    [...own.counters].map(([name, n]) => [name, from.counters.get(sameName(name)) ?? n]),
  );
  if (own.optimizer.kind !== from.optimizer.kind) return { net, counters, optimizer: own.optimizer };

  const fromParameters = parameterNames(from.net);
  const places = parameterNames(own.net).map((name) => fromParameters.indexOf(sameName(name)));
  const steps = own.optimizer.steps.map((step, index) => from.optimizer.steps[places[index]] ?? step);
  const tensors = new Map(
    [...own.optimizer.tensors].map(([name, value]) => {
      const [index, what] = name.split('.');
      return [name, from.optimizer.tensors.get(`${places[Number(index)]}.${what}`) ?? value];
    }),
  );
  return { net, counters, optimizer: { ...own.optimizer, steps, tensors } };
}

/** Names of what the optimiser updates, in its order: that of the net's state, without running statistics. */
function parameterNames(net: StateDict): string[] {
  return [...net.keys()].filter((name) => /\.(weight|bias)$/.test(name));
}

/** Bytes that a state takes. */
export function bytesOf({ net, optimizer }: NetState): number {
  const tensors = [...net.values(), ...optimizer.tensors.values()];
  return tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
}
