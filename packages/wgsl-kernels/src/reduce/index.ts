export * from './arg-max.ts';
export * from './reduce.ts';
export * from './shape.ts';
export * from './variance.ts';
