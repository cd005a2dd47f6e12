import { callback, type Kind, show } from '@glassbox/options';
import { Tensor } from '@glassbox/tensor-core/functions';
import { type Labelled, MixModule } from '../augment/mixing.ts';
import { Sequential } from '../layers/sequential.ts';
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

/** Images and labels after a transform: one of its parts may change labels, too. */
function applied(transform: Transform, images: Tensor, labels: Tensor | null): Labelled {
  if (transform instanceof MixModule) return transform.mixed(images, labels);
  if (!(transform instanceof Module)) return { images: transform(images), labels };
  const mixes = transform.modules().some((part) => part instanceof MixModule);
  if (!mixes || !(transform instanceof Sequential)) return { images: transform.forward(images), labels };
  return transform.layers.reduce<Labelled>((batch, part) => applied(part, batch.images, batch.labels), {
    images,
    labels,
  });
}

/**
 * The batch with its images transformed, and by some modules its labels. A module does it in its own modes, or with
 * `evaluating` in evaluation mode.
 * @throws TypeError or RangeError unless as many images come back.
 */
export function transformed(
  owner: string,
  transform: Transform | undefined,
  batch: Batch,
  { evaluating = false } = {},
): Batch {
  if (!transform) return batch;
  const { images: given, data } = batch;
  const module = moduleOf(transform);
  const apply = () => applied(transform, given, batch.labels);
  const { images, labels } = module && evaluating ? inModes(module, evaluationModes(module), apply) : apply();
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
