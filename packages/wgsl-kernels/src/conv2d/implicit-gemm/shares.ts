/** How near to the peak tiles come: what the defaults of a CPU are chosen by. */

/**
 * [pixels, channels4, share of the peak], measured on the wasm device, by numbers in a vector register. [2, 4] reaches
 * the first share if the filter stays in the cache, else the second.
 */
export const sharesOverImages: Readonly<
  Record<number, readonly (readonly [number, number, number, number?])[]>
> = {
  4: [
    [2, 4, 0.92, 0.85],
    [6, 2, 0.9],
    [3, 3, 0.75],
    [8, 1, 0.68],
  ],
  8: [
    [6, 4, 0.98],
    [5, 4, 0.95],
    [4, 4, 0.9],
    [8, 2, 0.82],
    [6, 2, 0.7],
    [3, 3, 0.37],
    [8, 1, 0.34],
  ],
};
