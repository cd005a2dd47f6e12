export * from './zero-check.ts';
