/** A training step taken apart. */
import { StepABatch } from './batch.tsx';

export function Room() {
  return <StepABatch />;
}
