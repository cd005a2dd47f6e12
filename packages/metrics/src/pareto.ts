import { checkFinite } from './checks.ts';

/**
 * Which points no other point beats: none costs at most as much and scores at least as high, with one of the two
 * strictly better. Points that are equal in both stay together.
 *
 * @param costs less is better
 * @param scores more is better
 * @throws on lists of different lengths, or values that are not finite
 */
export function paretoFront(costs: ArrayLike<number>, scores: ArrayLike<number>): boolean[] {
  if (costs.length !== scores.length) {
    throw new Error(
      `paretoFront: ${costs.length} costs and ${scores.length} scores; pass one of each for a point`,
    );
  }
  checkFinite('paretoFront: costs', costs);
  checkFinite('paretoFront: scores', scores);
  return Array.from({ length: costs.length }, (_, i) => {
    for (let j = 0; j < costs.length; j++) {
      const atLeast = costs[j] <= costs[i] && scores[j] >= scores[i];
      if (atLeast && (costs[j] < costs[i] || scores[j] > scores[i])) return false;
    }
    return true;
  });
}
