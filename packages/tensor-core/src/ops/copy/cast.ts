import { checkValue, oneOf } from '@glassbox/options';
import { cast as castKernel } from '@glassbox/wgsl-kernels';
import { requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import type { DType } from '../../runtime/storage.ts';
import { empty, type Tensor } from '../../tensor.ts';

const dtypes = oneOf('f32', 'u32', 'i32');

/**
 * The same elements as another type: towards 0 from f32 to integers (clamped to what they can hold), to the nearest
 * float32 from integers, bits kept between u32 and i32. Gradients stop here, as at every integer.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  requireTensor('cast', x);
  checkValue('cast', 'dtype', dtype, dtypes);
  if (x.dtype === dtype) return x;
  const y = empty(x.runtime, x.layout, dtype);
  launch(castKernel, [x.dtype, dtype, x.layout], { x, y });
  return y;
}
