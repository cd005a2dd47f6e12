import { checkValue, type Kind } from '@glassbox/options';
import { forEachElement, type Layout, rowMajor } from '@glassbox/wgsl-kernels';
import type { Runtime } from '../runtime/runtime.ts';
import { type DType, hostArrayOf } from '../runtime/storage.ts';
import { empty, requireShape, type Tensor } from '../tensor.ts';

/** NaN and infinity included. */
const aNumber: Kind = { what: 'a number', fits: (value) => typeof value === 'number' };

/** A tensor with every element equal to `value`; its padding stays 0. */
export function full(
  runtime: Runtime,
  layout: Layout | readonly number[],
  value: number,
  dtype: DType = 'f32',
): Tensor {
  if (Array.isArray(layout) || typeof layout !== 'object') requireShape('full', layout as readonly number[]);
  checkValue('full', 'value', value, aNumber);
  const to = 'strides' in layout ? layout : rowMajor(layout);
  const words = new hostArrayOf[dtype](to.size);
  forEachElement(to, (_, offset) => {
    words[offset] = value;
  });
  const result = empty(runtime, to, dtype);
  runtime.fill(result.storage, words);
  return result;
}
