import { checkValue, whole } from '@glassbox/options';
import { oneHot as oneHotKernel, rowMajor } from '@glassbox/wgsl-kernels';
import { requireBelow, requireIndices } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous, reshape } from '../copy/layout.ts';

/**
 * 1 at the place of each label's class, else 0, as torch.nn.functional.one_hot: but in f32, the kind that losses take
 * as shares of classes.
 * @param labels u32, of any shape, each below `numClasses`
 * @returns […,numClasses]
 * @throws RangeError if a label is `numClasses` or more: at once if the labels are still on the host, else at the next
 *   read of a value; its row is NaN.
 */
export function oneHot(labels: Tensor, numClasses: number): Tensor {
  requireIndices('oneHot', 'labels', labels);
  checkValue('oneHot', 'numClasses', numClasses, whole(1));
  requireBelow('oneHot', labels, numClasses);
  if (labels.shape.length === 0) return reshape(oneHot(reshape(labels, [1]), numClasses), [numClasses]);
  const from = contiguous(labels);
  const y = empty(from.runtime, rowMajor([...from.shape, numClasses]));
  launch(oneHotKernel, [{ labels: from.layout, classes: numClasses }], { labels: from, y });
  return y;
}
