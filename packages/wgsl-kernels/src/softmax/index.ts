export * from './softmax.ts';
