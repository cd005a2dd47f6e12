/** Embeddings made visible and measured. */
export * from './affinities.ts';
export { type PcaResult, pca } from './pca.ts';
export * from './situation.ts';
export * from './tsne.ts';
