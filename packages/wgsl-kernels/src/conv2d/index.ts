export * from './forward.ts';
export * from './input-gradient.ts';
export * from './spec.ts';
export * from './transpose-filter.ts';
