export * from './axpy.ts';
export * from './cast.ts';
export * from './copy-region.ts';
export * from './fill.ts';
