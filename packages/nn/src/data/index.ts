export type { BatchInput, TensorBatch } from './batch-input.ts';
export { type Batches, type BatchesOptions, batches } from './batches.ts';
export {
  type Batch,
  type ExampleSetInput,
  type Examples,
  type ExamplesInput,
  examples,
  gatherBatch,
  withRows,
} from './examples.ts';
export type { Normalization } from './normalization.ts';
export type { BatchIterable, DataSource } from './source.ts';
export type { ImageReader, StreamedImages } from './streamed.ts';
export type { Transform } from './transform.ts';
