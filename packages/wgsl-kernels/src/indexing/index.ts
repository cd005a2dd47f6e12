export * from './cumsum.ts';
export * from './one-hot.ts';
export * from './take.ts';
export * from './top-k.ts';
