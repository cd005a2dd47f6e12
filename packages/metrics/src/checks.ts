/** What the statistics refuse: numbers that would make a score without meaning look like one. */

/**
 * Refuses numbers that are not whole or out of range; `what` names the number in the error.
 * @throws unless `value` is a whole number in [low, high]
 */
export function checkWhole(what: string, value: number, low: number, high = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  const range = high === Number.MAX_SAFE_INTEGER ? `${low} or more` : `${low} to ${high}`;
  throw new Error(`${what} is ${value}; pass a whole number, ${range}`);
}

/**
 * Refuses values that are NaN or infinite; `what` names them in the error.
 * @throws on NaN and infinities, naming the first and its place
 */
export function checkFinite(what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new Error(`${what}: value ${i} is ${values[i]}; all must be finite`);
  }
}

/**
 * Refuses labels other than 0 and 1; `what` names them in the error.
 * @throws on no labels, or one that is neither 0 nor 1
 */
export function checkLabels(what: string, labels: ArrayLike<number>): void {
  if (labels.length === 0) throw new Error(`${what}: no labels; pass at least one`);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) {
      throw new Error(
        `${what}: label ${i} is ${labels[i]}; map the labels to 0 (healthy) and 1 (diseased) first`,
      );
    }
  }
}

/**
 * Refuses what is no matrix of distances; `what` names it in the error.
 * @throws unless the values are a full matrix [n, n] of distances: finite, none below 0
 */
export function checkDistances(what: string, distances: ArrayLike<number>, n: number): void {
  if (distances.length !== n * n) {
    throw new Error(
      `${what}: ${distances.length} distances for ${n} points; pass the full matrix [${n},${n}]`,
    );
  }
  for (let i = 0; i < distances.length; i++) {
    if (!(distances[i] >= 0 && distances[i] < Number.POSITIVE_INFINITY)) {
      const pair = `${Math.floor(i / n)} and ${i % n}`;
      throw new Error(`${what}: the distance of the points ${pair} is ${distances[i]}; pass finite points`);
    }
  }
}

/**
 * Refuses what is no probability; `what` names the list in the error.
 * @throws on probabilities outside [0, 1], which are logits most often
 */
export function checkProbabilities(what: string, probabilities: ArrayLike<number>): void {
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i];
    if (!(p >= 0 && p <= 1)) {
      throw new Error(`${what}: probability ${i} is ${p}; pass probabilities in [0, 1], not logits`);
    }
  }
}
