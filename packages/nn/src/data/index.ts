export {
  type Batch,
  type Examples,
  type ExamplesInput,
  examples,
  gatherBatch,
  type Normalization,
  withRows,
} from './examples.ts';
