/** A recorded trajectory, or the data it needs, cannot be used. The message names the file, the fault and the fix. */
export class ParityInputError extends Error {
  override readonly name = 'ParityInputError';

  constructor(file: string, problem: string, fix: string, options?: ErrorOptions) {
    super(`${file}: ${problem}. ${fix}`, options);
  }
}
