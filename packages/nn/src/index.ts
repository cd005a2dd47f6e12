export * from './augment/index.ts';
export * from './checkpoint/index.ts';
export * from './data/index.ts';
export * from './fit/index.ts';
export * from './layers/index.ts';
export * from './loss/losses.ts';
export * from './module/index.ts';
export * from './nets/index.ts';
export * from './optim/index.ts';
export * from './random/index.ts';
export * from './saliency/index.ts';
export {
  type PlateauState,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from './schedule/reduce-lr-on-plateau.ts';
export * from './schedule/schedule.ts';
