export * from './batch-norm/index.ts';
export * from './conv2d/index.ts';
export * from './kernel.ts';
export * from './layout.ts';
export * from './relayout.ts';
export * from './reshape.ts';
