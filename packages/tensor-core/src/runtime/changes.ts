/**
 * How often something changed on the host that decides what steps do: which leaves want a gradient, where parameters
 * lie. One number to compare tells a recorded step that it should look whether it is still what its function describes.
 */
let count = 0;

/** Says that something changed on the host that recorded steps may depend on: each looks before its next replay. */
export function noteChange(): void {
  count++;
}

/** Changes so far. */
export function changeCount(): number {
  return count;
}
