import { checkValue, oneOf } from '@glassbox/options';
import { cast as castKernel } from '@glassbox/wgsl-kernels';
import type { DType } from '../runtime/storage.ts';
import { empty, type Tensor } from '../tensor.ts';
import { layoutKey } from './layout.ts';
import { requireTensor } from './operands.ts';

const dtypes = oneOf('f32', 'u32', 'i32');

/**
 * The same elements as another type: towards 0 from f32 to integers (clamped to what they can hold), to the nearest
 * float32 from integers, bits kept between u32 and i32. Gradients stop here, as at every integer.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  requireTensor('cast', x);
  checkValue('cast', 'dtype', dtype, dtypes);
  if (x.dtype === dtype) return x;
  const { runtime, layout } = x;
  const y = empty(runtime, layout, dtype);
  const kernel = runtime.kernel(`cast ${x.dtype} ${dtype} ${layoutKey(layout)}`, () =>
    castKernel(x.dtype, dtype, layout, runtime.tuning),
  );
  runtime.run(kernel, [x.storage, y.storage]);
  return y;
}
