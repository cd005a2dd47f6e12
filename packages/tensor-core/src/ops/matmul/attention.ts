import { checkOptions, flag, type OptionTable, positive } from '@glassbox/options';
import { requireFloats } from '../../primitives/operands.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { add, mul } from '../elementwise/binary.ts';
import { where } from '../elementwise/where.ts';
import { aTensor } from '../kinds.ts';
import { softmax } from '../softmax/softmax.ts';
import { matmul } from './matmul.ts';

/** What attention may look at. */
export interface AttentionOptions {
  /** Added to the scores, or with `maskIs: 'keep'` 0 where nothing may be looked at; broadcasts to [… ,L,S]. */
  readonly mask?: Tensor;
  /** What the mask is. Default `add`. */
  readonly maskIs?: 'add' | 'keep';
  /** Each position looks at itself and earlier ones only. Default false. */
  readonly isCausal?: boolean;
  /** Factor of the scores. Default 1 / √E. */
  readonly scale?: number;
}

const optionNames: OptionTable<AttentionOptions> = {
  mask: aTensor,
  maskIs: { what: "'add' or 'keep'", fits: (value) => value === 'add' || value === 'keep' },
  isCausal: flag,
  scale: positive,
};

/** Scores of what may not be looked at: so low that softmax makes 0 of them, but a number. */
const hidden = -1e30;

/**
 * softmax(q kᵀ · scale + mask) v (Vaswani et al., 2017), as torch.nn.functional.scaled_dot_product_attention.
 * @param query […,L,E]
 * @param key […,S,E]
 * @param value […,S,D]
 * @returns […,L,D]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkOptions('scaledDotProductAttention', options, optionNames);
  requireFloats('scaledDotProductAttention', [query, key, value, options.mask]);
  const [rows, width] = query.shape.slice(-2);
  const columns = key.shape.at(-2);
  if (
    query.shape.length < 2 ||
    key.shape.length < 2 ||
    key.shape.at(-1) !== width ||
    value.shape.at(-2) !== columns
  ) {
    throw new RangeError(
      `scaledDotProductAttention: query [${query.shape}], key [${key.shape}] and value [${value.shape}] do not fit; ` +
        'they are […,L,E], […,S,E] and […,S,D]',
    );
  }
  const { mask, maskIs = 'add', isCausal = false, scale = 1 / Math.sqrt(width) } = options;
  let scores = mul(matmul(query, key, { transposeB: true }), scale);
  if (mask) scores = maskIs === 'keep' ? where(mask, scores, hidden) : add(scores, mask);
  if (isCausal) {
    const earlier = Float32Array.from({ length: rows * columns! }, (_, i) =>
      Number(i % columns! <= i / columns!),
    );
    scores = where(tensor(query.runtime, earlier, [rows, columns!]), scores, hidden);
  }
  return matmul(softmax(scores), value);
}
