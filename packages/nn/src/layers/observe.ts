import { isRecomputing, type Tensor } from '@glassbox/tensor-core/functions';
import type { Module } from '../module/module.ts';

/** Is told of each layer that was computed. */
export type LayerObserver = (layer: Module, input: Tensor, output: Tensor) => void;

let current: LayerObserver | undefined;

/** Who is told now. What is computed again in a backward pass was told of before. */
export function layerObserver(): LayerObserver | undefined {
  return isRecomputing() ? undefined : current;
}

/**
 * Runs `body`, and tells the observer of each layer that `Sequential` or `forwardThrough` computes, or that computes
 * one op: PyTorch's forward hooks. Each layer is then computed by itself, so that its output exists: the same bits as
 * when it is computed together with its neighbours.
 */
export function observeLayers<T>(observer: LayerObserver, body: () => T): T {
  const before = current;
  current = observer;
  try {
    return body();
  } finally {
    current = before;
  }
}
