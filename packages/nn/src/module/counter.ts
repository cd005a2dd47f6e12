/**
 * A buffer that the host keeps: a whole number that counts steps, such as batch norm's `num_batches_tracked`.
 * PyTorch stores it as a scalar of type int64.
 */
export class Counter {
  value = 0;
}
