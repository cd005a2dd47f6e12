export * from './binary.ts';
export * from './binary-ops.ts';
export * from './broadcast.ts';
export * from './literal.ts';
export * from './map.ts';
export * from './unary.ts';
export * from './unary-ops.ts';
export * from './where.ts';
