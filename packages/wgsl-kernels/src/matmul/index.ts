export * from './matmul.ts';
export * from './spec.ts';
