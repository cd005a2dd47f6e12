/**
 * A checkpoint cannot be read or written. The message says which file, what is wrong with it, and what to do. Where it
 * quotes the file, control characters are replaced: they would reach the terminal.
 */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** The file, or what the bytes were called. */
  readonly file: string;

  constructor(file: string, problem: string, fix: string, options?: ErrorOptions) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
    super(`${file}: ${problem.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')}. ${fix}`, options);
    this.file = file;
  }
}
