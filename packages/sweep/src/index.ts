/** Many runs as one table. */
export * from './merge/index.ts';
