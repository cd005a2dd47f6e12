/** Smooth curves from exact arithmetic only, so that pictures have the same bits in every JavaScript engine. */

/** 0 below -width, 1 above width, a cubic between. */
export function softStep(distance: number, width: number): number {
  const t = 0.5 + (0.5 * distance) / width;
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}

/** 1 at 0, 0 from |x| = 1 on, like a bell between. */
export function bell(x: number): number {
  const t = 1 - x * x;
  return t <= 0 ? 0 : t * t;
}

/** A wave of period 1 between -1 and 1, made of parabolas; within 0.06 of a sine. */
export function wave(x: number): number {
  const t = x - Math.floor(x);
  return t < 0.5 ? 16 * t * (0.5 - t) : -16 * (t - 0.5) * (1 - t);
}

/** Smooth noise on a grid of random values, n x n over the unit square and clamped outside it. */
export function latticeNoise(lattice: Float32Array, n: number, x: number, y: number): number {
  const gx = Math.min(Math.max(x, 0), 1) * (n - 1.001);
  const gy = Math.min(Math.max(y, 0), 1) * (n - 1.001);
  const ix = Math.floor(gx);
  const iy = Math.floor(gy);
  let fx = gx - ix;
  let fy = gy - iy;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  const at = iy * n + ix;
  const top = lattice[at] + (lattice[at + 1] - lattice[at]) * fx;
  const bottom = lattice[at + n] + (lattice[at + n + 1] - lattice[at + n]) * fx;
  return top + (bottom - top) * fy;
}
