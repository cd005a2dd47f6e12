import { CheckpointError } from '../errors.ts';
import { knownGlobals, storageOf } from './globals.ts';
import { PendingTensors } from './tensors.ts';
import { type Surroundings, unpickle } from './unpickle.ts';

const damaged = 'The file is damaged or not of torch.save: write or fetch it again.';

/** The reading of one file: its tensors, and what its pickles may name. */
export class Load {
  readonly file: string;
  readonly tensors: PendingTensors;
  readonly #around: Surroundings;

  /** @param maxBytes of all tensors together */
  constructor(file: string, maxBytes: number) {
    this.file = file;
    const fail = (problem: string, fix?: string) => this.fail(problem, fix);
    this.tensors = new PendingTensors(maxBytes, fail);
    this.#around = {
      global: knownGlobals(this.tensors, fail),
      persistent: (id) => this.tensors.note(storageOf(id, fail)),
      fail,
    };
  }

  unpickle(bytes: Uint8Array, start: number): { value: unknown; end: number } {
    return unpickle(bytes, start, this.#around);
  }

  fail(problem: string, fix = damaged): never {
    throw new CheckpointError(this.file, problem, fix);
  }
}
