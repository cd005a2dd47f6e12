import type { Tensor } from '../tensor.ts';

/**
 * A bias's gradient is Σdy of each channel. An op behind the biased one (batch norm) can have that sum at hand without
 * reading dy once more. It then leaves it here, with the gradient that it hands back.
 */
const sums = new WeakMap<Tensor, Tensor>();
const wanting = new WeakSet<Tensor>();

/** Says that the gradient of `y` will be summed over N, H and W. */
export function wantChannelSum(y: Tensor): void {
  wanting.add(y);
}

/** True if the gradient of `y` will be summed over N, H and W. */
export function wantsChannelSum(y: Tensor): boolean {
  return wanting.has(y);
}

/** Leaves Σdy [C] for the op that gets `dy`. */
export function leaveChannelSum(dy: Tensor, sum: Tensor): void {
  sums.set(dy, sum);
}

/** Σdy of each channel, if somebody left it. */
export function channelSum(dy: Tensor): Tensor | undefined {
  return sums.get(dy);
}
