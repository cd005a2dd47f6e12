export { chain, computeNext } from './chain.ts';
export * from './steps.ts';
