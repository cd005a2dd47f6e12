/** A checkpoint cannot be read or written. The message says which file, what is wrong with it, and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** The file, or what the bytes were called. */
  readonly file: string;

  constructor(file: string, problem: string, fix: string, options?: ErrorOptions) {
    super(`${file}: ${problem}. ${fix}`, options);
    this.file = file;
  }
}
