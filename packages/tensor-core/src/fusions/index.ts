export { chain, computeNext } from './chain.ts';
export type { Step } from './steps.ts';
