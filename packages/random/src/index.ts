/** Seeded random numbers that are the same on every machine. Knows nothing else. */
export { sfc32 } from './sfc32.ts';
