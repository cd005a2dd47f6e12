export { Init } from './init.ts';
export { RandomStream } from './stream.ts';
