export * from './adam.ts';
export { type ArenaSpec, arenaBlock, frozen, hyperSize } from './arena.ts';
export * from './average.ts';
export * from './gradient-norm.ts';
export * from './sgd.ts';
export * from './update.ts';
export * from './update-rules.ts';
export * from './zero.ts';
