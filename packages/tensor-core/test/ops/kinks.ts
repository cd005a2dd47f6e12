/** True if no value lies so near to 0 that a central difference could cross the kink of a ReLU there. */
export function awayFromZero(values: ArrayLike<number>, margin = 1e-3): boolean {
  return Array.from(values).every((value) => Math.abs(value) > margin);
}
