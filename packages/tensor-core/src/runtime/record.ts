import { RecordedStep, type Recording, type RecordOptions } from './recorded-step.ts';
import type { Runtime } from './runtime.ts';

/**
 * Runs a step once and keeps its list of dispatches for `replay()`. What changes from replay to replay enters by
 * `stepInput` and `eachStep`; all else is repeated as it was. So that nothing is repeated that should have changed,
 * `replay` calls `body` again now and then, and throws if it asks for other kernels, numbers or data than were
 * recorded. Modules keep the mode (training or evaluation) in which they were recorded. As a method:
 * `runtime.record(body)`.
 * @param body runs once now, and at each check in the place of the host's work: it should do nothing on the host
 *   that its result does not need.
 * @throws Error inside of a step
 */
export function record<T>(runtime: Runtime, body: () => T, options?: RecordOptions): Recording<T> {
  return new RecordedStep(runtime.recorder, body, options);
}
