import {
  Adam,
  AdamW,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Init,
  Linear,
  type Module,
  type Optimizer,
  ReLU,
  Sequential,
  SGD,
} from '@glassbox/nn';
import type { Runtime, Tensor } from '@glassbox/tensor-core';
import { type Spec, sizesOf } from './spec.ts';

export type LayerKind = 'conv' | 'relu' | 'norm' | 'flatten' | 'dropout' | 'linear';

/** A layer of the net and what the page calls it. */
export interface NamedLayer {
  readonly kind: LayerKind;
  /** Counts the layers of its kind from 1. */
  readonly number: number;
  readonly module: Module;
}

/** The net of a spec: a Sequential, and its layers in order. */
export function buildNet(
  runtime: Runtime,
  spec: Spec,
): { readonly net: Sequential; readonly layers: readonly NamedLayer[] } {
  const init = new Init(runtime, spec.seed);
  const layers: NamedLayer[] = [];
  const add = (kind: LayerKind, module: Module) => {
    const number = 1 + layers.filter((layer) => layer.kind === kind).length;
    layers.push({ kind, number, module });
  };
  let channels = 1;
  for (const block of spec.blocks) {
    const { stride, padding } = block;
    add('conv', new Conv2d(init, channels, block.channels, { kernelSize: 3, stride, padding }));
    add('relu', new ReLU());
    if (spec.batchNorm) add('norm', new BatchNorm2d(init, block.channels));
    channels = block.channels;
  }
  add('flatten', new Flatten());
  if (spec.dropout > 0) add('dropout', new Dropout(init, spec.dropout));
  add('linear', new Linear(init, channels * sizesOf(spec.blocks).at(-1)! ** 2, 2));
  return { net: new Sequential(...layers.map(({ module }) => module)), layers };
}

/** The optimiser of a spec. */
export function buildOptimizer(spec: Spec, parameters: readonly Tensor[]): Optimizer {
  const { lr, momentum, decay: weightDecay } = spec;
  if (spec.optimizer === 'adam') return new Adam(parameters, { lr, weightDecay });
  if (spec.optimizer === 'adamw') return new AdamW(parameters, { lr, weightDecay });
  return new SGD(parameters, { lr, momentum, weightDecay });
}
