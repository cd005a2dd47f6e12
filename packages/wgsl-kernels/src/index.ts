export * from './kernel.ts';
export * from './layout.ts';
export * from './relayout.ts';
export * from './reshape.ts';
