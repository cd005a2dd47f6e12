/** What a convolution may do with its results before it stores them, in this order. */
export interface ConvEpilogue {
  /** Add bias[channel]. */
  readonly bias?: boolean;
  /** Replace negative results by 0. */
  readonly relu?: boolean;
  /**
   * Batch norm by running statistics: (result - mean)·scale + shift of each channel, scale as `batchNormScale` makes it
   * (the same arithmetic as `batchNormForward`, so the same bits). With `relu`, a ReLU after that.
   */
  readonly batchNorm?: { readonly relu?: boolean };
}

/** Names of the bindings of a batch norm epilogue: [K] in rowMajor. */
export const epilogueBindings = ['mean', 'scale', 'shift'] as const;

/**
 * WGSL: what is stored instead of `value`, to which the bias is added already. `channel(name)` is that array's element,
 * as wide as the value; `zero` is 0 of that width.
 */
export function finished(
  { relu, batchNorm }: ConvEpilogue,
  value: string,
  channel: (name: (typeof epilogueBindings)[number]) => string,
  zero: string,
): string {
  const positive = (text: string) => `max(${text}, ${zero})`;
  const first = relu ? positive(value) : value;
  if (!batchNorm) return first;
  const normal = `(${first} - ${channel('mean')}) * ${channel('scale')} + ${channel('shift')}`;
  return batchNorm.relu ? positive(normal) : normal;
}

/** Says in a header what is done at the end. */
export function aboutEpilogue({ relu, batchNorm }: ConvEpilogue): string {
  return [
    ...(relu ? ['negative values become 0'] : []),
    ...(batchNorm ? ['then (value - mean)*scale + shift of the channel'] : []),
    ...(batchNorm?.relu ? ['then negative values become 0'] : []),
  ]
    .map((text) => `; ${text}`)
    .join('');
}
