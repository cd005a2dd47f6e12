import { checkOptions, checkValue, type OptionTable, oneOf, share, show, whole } from '@glassbox/options';
import { bceWithLogits, crossEntropy, l1Loss, mseLoss, type Tensor } from '@glassbox/tensor-core/functions';
import type { Batch } from '../data/examples.ts';
import { requireClasses, requireFindings } from '../data/labels.ts';
import { aTensor } from '../module/kinds.ts';

/** A scalar to make small: the mean over a batch. */
export type Loss = (output: Tensor, batch: Batch) => Tensor;

/** How classes and labels are weighed. */
export interface CrossEntropyLossOptions {
  /** A factor for each class [K], for classes of unequal size. */
  readonly weight?: Tensor;
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing?: number;
  /** Labels of this number count for nothing. Default: none do. */
  readonly ignoreIndex?: number;
}

const crossEntropyNames: OptionTable<CrossEntropyLossOptions> = {
  weight: aTensor,
  labelSmoothing: share,
  ignoreIndex: whole(-(2 ** 31), 2 ** 32 - 1),
};

/**
 * Softmax cross-entropy of logits [N,K,…] against class labels [N,…], or against probabilities (f32) of the logits'
 * shape. The loss throws a RangeError that names image, label and K if a label of the examples is K or more.
 */
export function crossEntropyLoss(options: CrossEntropyLossOptions = {}): Loss {
  checkOptions('crossEntropyLoss', options, crossEntropyNames);
  return (output, batch) => {
    const { labels, data } = requireBatch('crossEntropyLoss', batch);
    const targets = required(labels, 'crossEntropyLoss');
    if (data && targets.shape.length === 1 && options.ignoreIndex === undefined) {
      requireClasses('crossEntropyLoss', data, output.shape[1]);
    }
    return crossEntropy(output, targets, options);
  };
}

/** How findings are weighed. */
export interface BinaryCrossEntropyOptions {
  /** A factor for each element. */
  readonly weight?: Tensor;
  /** A factor for the positive part of each finding. */
  readonly posWeight?: Tensor;
}

const binaryNames: OptionTable<BinaryCrossEntropyOptions> = { weight: aTensor, posWeight: aTensor };

/**
 * Binary cross-entropy of logits [N,findings] against 0/1 labels (examples with `labelType: 'f32'`). The loss throws
 * a RangeError that names the image if a label of the examples is neither 0 nor 1.
 */
export function binaryCrossEntropyLoss(options: BinaryCrossEntropyOptions = {}): Loss {
  checkOptions('binaryCrossEntropyLoss', options, binaryNames);
  return (output, batch) => {
    const { labels, data } = requireBatch('binaryCrossEntropyLoss', batch);
    const targets = required(labels, 'binaryCrossEntropyLoss');
    if (targets.dtype !== 'f32') {
      throw new TypeError("binaryCrossEntropyLoss: labels are u32; make the examples with labelType: 'f32'");
    }
    if (data) requireFindings('binaryCrossEntropyLoss', data);
    return bceWithLogits(output, targets, options);
  };
}

/** How far the output is from the input images: mean squared (`mse`) or absolute (`l1`) difference over all pixels. */
export function reconstructionLoss(kind: 'mse' | 'l1' = 'mse'): Loss {
  checkValue('reconstructionLoss', 'kind', kind, oneOf('mse', 'l1'));
  const distance = kind === 'mse' ? mseLoss : l1Loss;
  return (output, batch) => distance(output, requireBatch('reconstructionLoss', batch).images);
}

/** @throws TypeError unless it is a batch: these losses know more of it than its labels. */
function requireBatch(loss: string, batch: Batch): Batch {
  if (typeof batch === 'object' && batch !== null && 'images' in batch) return batch;
  throw new TypeError(
    `${loss}: the second argument must be the batch, { images, labels }, not ${show(batch)}; ` +
      'the functions crossEntropy, bceWithLogits and mseLoss take targets alone',
  );
}

function required(labels: Tensor | null, loss: string): Tensor {
  if (!labels) throw new TypeError(`${loss}: the examples have no labels`);
  return labels;
}
