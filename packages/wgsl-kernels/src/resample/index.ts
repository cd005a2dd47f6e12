export * from './resample.ts';
export * from './taps.ts';
