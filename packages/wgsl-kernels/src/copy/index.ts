export * from './axpy.ts';
export * from './cast.ts';
export * from './copy-region.ts';
export * from './fill.ts';
export * from './relayout.ts';
export * from './reshape.ts';
