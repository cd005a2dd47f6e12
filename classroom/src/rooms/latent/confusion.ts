/** Right and wrong predictions at a threshold. Class 1 is pneumonia. */

/** What is known of each image: 0, 1, or undefined; and what a net says, the probability of class 1. */
export interface Predictions {
  readonly labels: readonly (number | undefined)[];
  readonly probabilities: ArrayLike<number>;
}

/** What a probability is taken for. */
export const predictedClass = (probability: number, threshold: number) => Number(probability >= threshold);

/**
 * The images of a cell of the confusion matrix, of which the net is most sure first; of equally sure ones the first.
 * @returns their numbers
 */
export function imagesIn(
  { labels, probabilities }: Predictions,
  threshold: number,
  cell: { readonly truth: number; readonly predicted: number },
): number[] {
  const found = labels.flatMap((label, n) =>
    label === cell.truth && predictedClass(probabilities[n], threshold) === cell.predicted ? [n] : [],
  );
  const sign = cell.predicted === 1 ? -1 : 1;
  return found.sort((a, b) => sign * (probabilities[a] - probabilities[b]) || a - b);
}

export interface Confusion {
  /** `counts[truth][predicted]`. */
  readonly counts: readonly (readonly [number, number])[];
  /** Share of images with pneumonia that are found; NaN if there are none. */
  readonly sensitivity: number;
  /** Share of images without pneumonia that are taken for normal; NaN if there are none. */
  readonly specificity: number;
  readonly accuracy: number;
}

export function confusionOf({ labels, probabilities }: Predictions, threshold: number): Confusion {
  const counts: [number, number][] = [
    [0, 0],
    [0, 0],
  ];
  for (const [n, label] of labels.entries()) {
    if (label !== undefined) counts[label][predictedClass(probabilities[n], threshold)]++;
  }
  const [[trueNegative, falsePositive], [falseNegative, truePositive]] = counts;
  const known = trueNegative + falsePositive + falseNegative + truePositive;
  return {
    counts,
    sensitivity: truePositive / (truePositive + falseNegative),
    specificity: trueNegative / (trueNegative + falsePositive),
    accuracy: (truePositive + trueNegative) / known,
  };
}
