export * from './matmul.ts';
export * from './spec.ts';
export * from './stages.ts';
