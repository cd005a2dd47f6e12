/** A recorded trajectory, or the data it needs, cannot be used. The message names the file, the fault and the fix. */
export class ParityInputError extends Error {
  override readonly name = 'ParityInputError';

  constructor(file: string, problem: string, fix: string, options?: ErrorOptions) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: quoted text must not reach the terminal as it is
    super(`${file}: ${problem.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')}. ${fix}`, options);
  }
}
