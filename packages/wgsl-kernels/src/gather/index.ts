export * from './images.ts';
export * from './labels.ts';
