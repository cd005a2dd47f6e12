/** Many runs of this project's commands, on one machine or on the machines of an engine, and one table of them. */
export { type Cell, expand } from './expand.ts';
export {
  type CellOptions,
  checkSweep,
  type Halving,
  type OptionValue,
  readSweepFile,
  type SweepFile,
} from './file.ts';
export * from './merge/index.ts';
