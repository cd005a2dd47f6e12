export { chain, firstOf, longestFusion } from './chain.ts';
export type { Step } from './steps.ts';
