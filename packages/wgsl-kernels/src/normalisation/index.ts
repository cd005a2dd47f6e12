export type { NormAffine } from './affine.ts';
export * from './group-norm.ts';
export * from './layer-norm.ts';
export * from './oracle.ts';
