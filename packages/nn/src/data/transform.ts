import { callback, type Kind, show } from '@glassbox/options';
import { Tensor } from '@glassbox/tensor-core';
import { evaluationModes, inModes } from '../module/modes.ts';
import { Module } from '../module/module.ts';
import type { Batch } from './examples.ts';

/** What is done to the images of a batch on the device before the net sees them: a function, or a module. */
export type Transform = Module | ((images: Tensor) => Tensor);

/** See `@glassbox/options`. */
export const aTransform: Kind = {
  what: 'a function of images, or a module',
  fits: (value) => value instanceof Module || callback.fits(value),
};

/** The module that a transform is, if it is one: it may have modes, and counters that steps advance. */
export function moduleOf(transform: Transform | undefined): Module | undefined {
  return transform instanceof Module ? transform : undefined;
}

/**
 * The batch with its images transformed. A module does it in its own modes, or with `evaluating` in evaluation mode.
 * @throws TypeError or RangeError unless as many images come back.
 */
export function transformed(
  owner: string,
  transform: Transform | undefined,
  batch: Batch,
  { evaluating = false } = {},
): Batch {
  if (!transform) return batch;
  const { images: given, labels, data } = batch;
  const module = moduleOf(transform);
  const apply = () => (transform instanceof Module ? transform.forward(given) : transform(given));
  const images = module && evaluating ? inModes(module, evaluationModes(module), apply) : apply();
  if (!(images instanceof Tensor)) {
    throw new TypeError(`${owner}: transform must give the images as a tensor, not ${show(images)}`);
  }
  if (images.shape[0] !== given.shape[0]) {
    throw new RangeError(
      `${owner}: transform was given images [${given.shape}] and gave [${images.shape}]; ` +
        'there must be as many, for each has its label',
    );
  }
  return data ? { images, labels, data } : { images, labels };
}
