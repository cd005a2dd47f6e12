import type { Tensor } from '@glassbox/tensor-core/functions';
import { BatchNorm2d } from '../layers/batch-norm.ts';
import { Conv2d, type Conv2dLayerOptions } from '../layers/conv2d.ts';
import { forwardThrough } from '../layers/op-layer.ts';
import { Module } from '../module/module.ts';
import type { StateDict } from '../module/state-dict.ts';
import type { Init } from '../random/init.ts';

/** Options of a convolution that keeps the images' size, up to its stride: the padding follows from them. */
interface ConvOptions extends Pick<Conv2dLayerOptions, 'groups' | 'bias'> {
  /** Height and width of the filters, an odd number. Default 3. */
  readonly kernelSize?: number;
  readonly stride?: number;
}

/** Such a convolution, without a bias unless one is asked for. */
export function conv(init: Init, from: number, to: number, options: ConvOptions = {}): Conv2d {
  const { kernelSize = 3 } = options;
  return new Conv2d(init, from, to, {
    bias: false,
    ...options,
    kernelSize,
    padding: (kernelSize - 1) / 2,
  });
}

/** Such a convolution, and batch norm after it. */
export function convNorm(init: Init, from: number, to: number, options?: ConvOptions): [Conv2d, BatchNorm2d] {
  return [conv(init, from, to, options), new BatchNorm2d(init, to)];
}

/** A state whose names are written otherwise: older files have other names for the same. */
export function renamed(state: StateDict, pattern: RegExp, by: string): StateDict {
  if (!(state instanceof Map)) return state;
  return new Map([...state].map(([name, value]) => [name.replace(pattern, by), value]));
}

/** Layers one after another under names of their own, as PyTorch's nn.Sequential of an OrderedDict. */
export class NamedLayers extends Module {
  readonly #layers: readonly Module[];

  constructor(layers: Readonly<Record<string, Module>>) {
    super();
    this.#layers = Object.entries(layers).map(([name, layer]) => this.child(name, layer));
  }

  forward(x: Tensor): Tensor {
    return forwardThrough(x, this.#layers);
  }
}
