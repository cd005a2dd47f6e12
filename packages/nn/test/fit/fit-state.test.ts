import { describe, expect, it } from 'vitest';
import {
  CheckpointError,
  decodeFitState,
  encodeFitState,
  encodeSafetensors,
  type FitState,
  type HostTensor,
  parseSafetensors,
} from '../../src/index.ts';

const f32 = (...values: number[]): HostTensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const model = new Map<string, HostTensor>([
  ['conv.weight', f32(1, 2, 3)],
  ['bn.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) }],
]);
const state: FitState = {
  epoch: 1,
  seed: 5,
  model,
  best: new Map([['conv.weight', f32(4, 5, 6)]]),
  optimizer: {
    kind: 'sgd',
    groups: [{ size: 1, hyper: { lr: 0.1, nesterov: false, initialLr: 0.2 } }],
    steps: [12],
    tensors: new Map([['0.momentum_buffer', f32(0.5, 0.25, 0.125)]]),
  },
  stopping: { bestEpoch: 1, bestValue: Number.NaN, waited: 0 },
  history: [
    {
      epoch: 1,
      trainLoss: 0.7,
      valLoss: 0.6,
      scores: { auc: Number.NaN },
      learningRates: [0.1],
      seconds: 1.5,
    },
  ],
  counters: { 'dropout1.calls': 12 },
  modes: { evaluating: ['bn'], frozenAs: { bn: 'reestimate' }, fixed: ['conv.weight'] },
};

const throughBytes = (given: FitState) => {
  const { tensors, metadata } = encodeFitState(given);
  return decodeFitState(parseSafetensors(encodeSafetensors(tensors, metadata)));
};

describe('training states', () => {
  it('come back the same from a file, scores that are no numbers included', () => {
    expect(throughBytes(state)).toEqual(state);
  });

  it('of older versions say nothing about modes, and others nothing that there is not', () => {
    const { modes: _, ...older } = state;
    expect(throughBytes(older)).toEqual(older);
    for (const modes of [
      { evaluating: [], frozenAs: { bn: 'train' }, fixed: [] },
      { evaluating: [1], frozenAs: {}, fixed: [] },
      { evaluating: [], fixed: [] },
      'eval',
    ]) {
      expect(() => throughBytes({ ...state, modes: modes as FitState['modes'] })).toThrow(
        /member missing or of the wrong type/,
      );
    }
  });

  it('hold what a training may have beside: an average, counters of a transform, a plateau, a normalisation', () => {
    const whole: FitState = {
      ...state,
      updates: 12,
      transform: { calls: 3 },
      plateau: { best: 0.5, badCount: 1, cooldownLeft: 0 },
      normalization: { mean: [0.4, 0.5, 0.6], std: 0.25 },
      average: { updates: 11, tensors: new Map([['conv.weight', f32(7, 8, 9)]]) },
    };
    expect(throughBytes(whole)).toEqual(whole);
    const damaged: Partial<Record<keyof FitState, unknown>>[] = [
      { updates: -1 },
      { transform: { calls: '3' } },
      { plateau: { best: 'low', badCount: 1, cooldownLeft: 0 } },
      { plateau: { best: null, badCount: 1.5, cooldownLeft: 0 } },
      { normalization: { mean: [0.5], std: 0 } },
      { normalization: { mean: 'half', std: 1 } },
      { average: { updates: 'many', tensors: new Map() } },
    ];
    for (const part of damaged) {
      expect(() => throughBytes({ ...whole, ...part } as FitState), JSON.stringify(part)).toThrow(
        /member missing or of the wrong type/,
      );
    }
  });

  it('of version 1 name the calls of dropout by its layers', () => {
    const { tensors, metadata } = encodeFitState(state);
    const { counters: _, ...fit } = JSON.parse(metadata.fit);
    const older = { ...fit, version: '1', dropoutCalls: { '': 3, dropout1: 12, 'head.drop': 5 } };
    const read = decodeFitState({ tensors, metadata: new Map([['fit', JSON.stringify(older)]]) });
    expect(read).toEqual({ ...state, counters: { calls: 3, 'dropout1.calls': 12, 'head.drop.calls': 5 } });
  });

  it('store a best model that is the last one once', () => {
    const same = { ...state, best: model };
    expect([...encodeFitState(same).tensors.keys()].filter((name) => name.startsWith('best/'))).toEqual([]);
    expect(throughBytes(same)).toEqual(same);
  });

  it('are refused with a reason if they are not whole', () => {
    const { tensors, metadata } = encodeFitState(state);
    const decode = (fit: string | undefined) =>
      decodeFitState(
        { tensors, metadata: new Map(fit === undefined ? [] : [['fit', fit]]) },
        'a.safetensors',
      );
    const changed = (change: object) => JSON.stringify({ ...JSON.parse(metadata.fit), ...change });
    const cases: [string | undefined, RegExp][] = [
      [undefined, /no training state \(no fit in its metadata\)/],
      ['{', /not JSON/],
      ['null', /without a version/],
      [changed({ version: undefined }), /without a version/],
      [changed({ version: { toString: 1 } }), /without a version/],
      [changed({ version: '3' }), /version 3; 1 and 2 are known/],
      [changed({ epoch: -1 }), /missing or of the wrong type/],
      [changed({ epoch: 2 }), /missing or of the wrong type/],
      [changed({ stopping: { bestEpoch: 1 } }), /missing or of the wrong type/],
      [changed({ history: [{ epoch: 1 }] }), /missing or of the wrong type/],
      [changed({ optimizer: { kind: 'sgd', steps: [1] } }), /missing or of the wrong type/],
      [changed({ counters: { dropout1: 'x' } }), /missing or of the wrong type/],
      [changed({ version: '1', dropoutCalls: { dropout1: 'x' } }), /missing or of the wrong type/],
      [changed({ version: '1' }), /missing or of the wrong type/],
    ];
    for (const [text, message] of cases) {
      expect(() => decode(text)).toThrow(CheckpointError);
      expect(() => decode(text)).toThrow(message);
    }
    expect(() => decodeFitState({ tensors: new Map(), metadata: new Map(Object.entries(metadata)) })).toThrow(
      /without a model/,
    );
  });
});
