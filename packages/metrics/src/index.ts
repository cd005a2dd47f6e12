/** Scores of classifiers, reconstructions and embeddings, and their uncertainty. Plain arrays only. */
export * from './binary.ts';
export * from './bootstrap.ts';
export * from './calibration.ts';
export * from './checks.ts';
export * from './distributions.ts';
export * from './evaluate.ts';
export * from './friedman.ts';
export * from './image.ts';
export * from './labels.ts';
export * from './logistic.ts';
export * from './medmnist.ts';
export * from './multiclass.ts';
export * from './paired.ts';
export * from './pareto.ts';
/** exp and logarithms that have the same bits in every JavaScript engine. */
export * as portableMath from './portable-math.ts';
export { gramMatrix, pairwiseDistances } from './products.ts';
export * from './random.ts';
export * from './ranking.ts';
export * from './separation.ts';
export * from './summary.ts';
export * from './threshold.ts';
