import type { Tensor } from '@glassbox/tensor-core';
import type { Module } from '../module/module.ts';
import { ReLU } from './activations.ts';
import { BatchNorm } from './batch-norm.ts';
import { ConvTranspose2d } from './conv-transpose2d.ts';
import { Conv2d } from './conv2d.ts';
import { Linear } from './linear.ts';
import { MaxPool2d } from './pooling.ts';

// biome-ignore lint/suspicious/noExplicitAny: a class with any constructor
type LayerClass = abstract new (...args: any[]) => Module;
type Layers<K extends readonly LayerClass[]> = { readonly [I in keyof K]: InstanceType<K[I]> };

/** Layers in a row that one call computes: the same results as one after the other, in fewer passes over memory. */
interface Fusion {
  readonly kinds: readonly LayerClass[];
  readonly forward: (x: Tensor, layers: readonly Module[]) => Tensor;
}

function fuse<const K extends readonly LayerClass[]>(
  kinds: K,
  forward: (x: Tensor, layers: Layers<K>) => Tensor,
): Fusion {
  return { kinds, forward: (x, layers) => forward(x, layers as unknown as Layers<K>) };
}

/** Longer ones first. */
const fusions: readonly Fusion[] = [
  fuse([Conv2d, BatchNorm, ReLU, MaxPool2d], (x, [conv, layer, , maxPool]) =>
    conv.forward(x, { batchNorm: { layer, relu: true, maxPool } }),
  ),
  fuse([Conv2d, ReLU, BatchNorm], (x, [conv, , layer]) =>
    conv.forward(x, { relu: true, batchNorm: { layer } }),
  ),
  fuse([Conv2d, BatchNorm, ReLU], (x, [conv, layer]) =>
    conv.forward(x, { batchNorm: { layer, relu: true } }),
  ),
  fuse([Conv2d, BatchNorm], (x, [conv, layer]) => conv.forward(x, { batchNorm: { layer } })),
  fuse([Conv2d, ReLU], (x, [conv]) => conv.forward(x, { relu: true })),
  fuse([ConvTranspose2d, ReLU], (x, [conv]) => conv.forward(x, { relu: true })),
  fuse([BatchNorm, ReLU, MaxPool2d], (x, [norm, , maxPool]) => norm.forward(x, { relu: true, maxPool })),
  fuse([BatchNorm, ReLU], (x, [norm]) => norm.forward(x, { relu: true })),
  fuse([Linear, ReLU], (x, [linear]) => linear.forward(x, { relu: true })),
];

/** A subclass that computes something else, or a layer whose `forward` was replaced, is left alone. */
const isPlain = (layer: Module | undefined, kind: LayerClass) =>
  layer instanceof kind && layer.forward === kind.prototype.forward;

/** Calls layers one after the other, those that the table knows in a row together. */
export function forwardThrough(x: Tensor, layers: readonly Module[]): Tensor {
  let y = x;
  for (let at = 0; at < layers.length; ) {
    const fusion = fusions.find(({ kinds }) => kinds.every((kind, k) => isPlain(layers[at + k], kind)));
    const count = fusion?.kinds.length ?? 1;
    y = fusion ? fusion.forward(y, layers.slice(at, at + count)) : layers[at].forward(y);
    at += count;
  }
  return y;
}
