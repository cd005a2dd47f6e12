import type { StateDict } from '@glassbox/nn';
import type { Flips } from './kept.ts';

/**
 * Which decisions in doubt were taken the other way than in float64: those whose changes of the gradient, added to
 * float64's, come closest to the gradient that was found, each tensor in units of what it is allowed to be off. A
 * decision is taken one way or the other, so that each change counts once or not at all: what is left is not fitted
 * away.
 * @returns how many, the difference from float64 that they leave, and how far two of one image may be from adding up.
 */
export function resolveFlips(
  found: StateDict | undefined,
  exact: StateDict,
  { changes, pairs }: Flips,
  allowed: ReadonlyMap<string, number>,
): { taken: number; rest: Map<string, Float64Array>; uncertain: (name: string) => number } {
  const rest = new Map<string, Float64Array>();
  for (const [name, { data }] of exact) {
    const own = found?.get(name)?.data as ArrayLike<number> | undefined;
    rest.set(
      name,
      Float64Array.from(data as ArrayLike<number>, (value, i) => (own?.[i] ?? Number.NaN) - value),
    );
  }
  const dot = (a: (name: string) => ArrayLike<number>, b: (name: string) => ArrayLike<number>): number => {
    let total = 0;
    for (const name of rest.keys()) {
      const [x, y, unit] = [a(name), b(name), allowed.get(name)!];
      let own = 0;
      for (let i = 0; i < x.length; i++) own += x[i] * y[i];
      if (unit > 0) total += own / unit ** 2;
    }
    return total;
  };
  const values = (change: StateDict) => (name: string) => change.get(name)!.data as ArrayLike<number>;
  // |rest - sum of the changes taken|² is quadratic in which are taken: it needs the products among changes, once.
  const towards = changes.map((change) => dot(values(change), (name) => rest.get(name)!));
  const products = changes.map((a, i) => changes.map((b, j) => (j <= i ? dot(values(a), values(b)) : 0)));
  const product = (i: number, j: number) => (j <= i ? products[i][j] : products[j][i]);
  const chosen = new Set<number>();
  // Turns round one decision, or two together (one alone may look no better), as long as that brings them closer.
  // Rounding of these sums must not keep it going for ever.
  for (let turn = 0; turn < 4 * changes.length; turn++) {
    const sign = changes.map((_, i) => (chosen.has(i) ? -1 : 1));
    const alone = changes.map((_, i) => {
      const left = [...chosen].reduce((sum, j) => sum - product(i, j), towards[i]);
      return 2 * sign[i] * left - product(i, i);
    });
    let [best, gain]: [readonly number[], number] = [[], 1e-6];
    for (const i of changes.keys()) {
      for (let j = 0; j <= i; j++) {
        const own = i === j ? alone[i] : alone[i] + alone[j] - 2 * sign[i] * sign[j] * product(i, j);
        if (own > gain) [best, gain] = [i === j ? [i] : [i, j], own];
      }
    }
    if (best.length === 0) break;
    for (const i of best) if (!chosen.delete(i)) chosen.add(i);
  }
  for (const index of chosen) {
    for (const [name, left] of rest) {
      const change = values(changes[index])(name);
      for (let i = 0; i < left.length; i++) left[i] -= change[i];
    }
  }
  const both = pairs.filter(({ of: [a, b] }) => chosen.has(a) && chosen.has(b));
  const uncertain = (name: string) => both.reduce((sum, { distance }) => sum + (distance.get(name) ?? 0), 0);
  return { taken: chosen.size, rest, uncertain };
}
