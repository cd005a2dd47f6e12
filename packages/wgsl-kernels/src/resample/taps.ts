/**
 * What each position along a dimension is made of: a sparse matrix in compressed rows. Position j of the result is the
 * sum of weight · x[index] over the taps from `starts[j]` to before `starts[j + 1]`.
 */
export interface Taps {
  /** Positions of x. */
  readonly from: number;
  /** Positions of the result. */
  readonly to: number;
  /** Where each position's taps begin, and at the end their number: [to + 1]. */
  readonly starts: Uint32Array;
  /** Position of x for each tap. */
  readonly indices: Uint32Array;
  /** Weight of each tap. */
  readonly weights: Float32Array;
}

/** Position of x and its weight. */
export type Tap = readonly [index: number, weight: number];

/** Taps from a list for each position of the result. */
export function makeTaps(from: number, rows: readonly (readonly Tap[])[]): Taps {
  const all = rows.flat();
  const starts = new Uint32Array(rows.length + 1);
  for (const [j, row] of rows.entries()) starts[j + 1] = starts[j] + row.length;
  return {
    from,
    to: rows.length,
    starts,
    indices: Uint32Array.from(all, ([index]) => index),
    weights: Float32Array.from(all, ([, weight]) => weight),
  };
}

/** The transposed matrix: what the gradient of x is made of. */
export function transposeTaps({ from, to, starts, indices, weights }: Taps): Taps {
  const rows: Tap[][] = Array.from({ length: from }, () => []);
  for (let j = 0; j < to; j++) {
    for (let t = starts[j]; t < starts[j + 1]; t++) rows[indices[t]].push([j, weights[t]]);
  }
  return makeTaps(to, rows);
}

/** Position j of the result is position `places[j]` of x; -1 for 0. */
export function placeTaps(from: number, places: readonly number[]): Taps {
  return makeTaps(
    from,
    places.map((place) => (place < 0 ? [] : [[place, 1]])),
  );
}

/** How positions outside of x are filled. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/**
 * x with more positions before and after it (fewer for negative numbers): those of 0, of a mirror at the first and last
 * position, of the nearest one, or of x again and again, as torch.nn.functional.pad.
 */
export function padTaps(from: number, [before, after]: readonly [number, number], mode: PadMode): Taps {
  const places = Array.from({ length: from + before + after }, (_, j) => {
    const place = j - before;
    if (place >= 0 && place < from) return place;
    if (mode === 'constant') return -1;
    if (mode === 'replicate') return Math.min(Math.max(place, 0), from - 1);
    if (mode === 'circular') return ((place % from) + from) % from;
    return place < 0 ? -place : 2 * (from - 1) - place;
  });
  return placeTaps(from, places);
}

/** How many positions a result has, and how far neighbours lie apart in x. */
export interface Scale {
  /** Positions of the result. */
  readonly to: number;
  /** Positions of x for one of the result, if it is not from / to: 1 / scale_factor. */
  readonly step?: number;
}

/**
 * The nearest position of x, as torch.nn.functional.interpolate(mode='nearest'): ⌊j · step⌋, in float32 as PyTorch
 * computes it.
 */
export function nearestTaps(from: number, { to, step }: Scale): Taps {
  const apart = Math.fround(step ?? from / to);
  return placeTaps(
    from,
    Array.from({ length: to }, (_, j) => Math.min(Math.floor(Math.fround(j * apart)), from - 1)),
  );
}

/**
 * Between two positions of x by their distances, as torch.nn.functional.interpolate(mode='linear' or 'bilinear').
 *
 * @param alignCorners true: the first and the last position of x and of the result are the same points, and neighbours
 *   lie (from - 1) / (to - 1) apart; false: the outer edges of the first and last positions are.
 */
export function linearTaps(from: number, { to, step }: Scale, alignCorners: boolean): Taps {
  const apart = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : (step ?? from / to);
  return makeTaps(
    from,
    Array.from({ length: to }, (_, j) => {
      const at = Math.max(0, alignCorners ? j * apart : (j + 0.5) * apart - 0.5);
      const left = Math.min(Math.floor(at), from - 1);
      const share = at - left;
      return left === from - 1 || share === 0
        ? [[left, 1]]
        : [
            [left, 1 - share],
            [left + 1, share],
          ];
    }),
  );
}

/** Windows of adaptive pooling, as in PyTorch: from ⌊j · from / to⌋ to before ⌈(j + 1) · from / to⌉. */
export function adaptiveWindows(
  from: number,
  to: number,
): readonly (readonly [start: number, end: number])[] {
  return Array.from({ length: to }, (_, j) => [
    Math.floor((j * from) / to),
    Math.ceil(((j + 1) * from) / to),
  ]);
}

/** The mean over each of `to` windows that together cover x. */
export function adaptiveMeanTaps(from: number, to: number): Taps {
  return makeTaps(
    from,
    adaptiveWindows(from, to).map(([start, end]) =>
      Array.from({ length: end - start }, (_, k): Tap => [start + k, 1 / (end - start)]),
    ),
  );
}
