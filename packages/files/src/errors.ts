/**
 * A file (or a download, or an array) is not what it should be.
 *
 * A message has three parts in a fixed order: which file or address, what is wrong with it (with the
 * numbers that show it), and what to do about it.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** The file, address or array that the error is about. */
  readonly subject: string;
  /** What is wrong with it. */
  readonly problem: string;
  /** What to do about it, in words for the person at the terminal. */
  readonly fix: string;

  constructor(subject: string, problem: string, fix: string, options?: ErrorOptions) {
    super(`${subject}: ${problem}. ${fix}`, options);
    this.subject = subject;
    this.problem = problem;
    this.fix = fix;
  }
}

/** Bytes for a person: 82.8 MB, 1.2 KB, 17 bytes. Decimal units, as download pages use them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['KB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A name from a file, fit for a terminal: quoted, control characters escaped, not endless. */
export function quoteName(name: string): string {
  const escaped = JSON.stringify(name.length > 80 ? `${name.slice(0, 78)}…` : name).slice(1, -1);
  const hex = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;
  return `'${escaped.replace(/[\u007f-\u009f]/g, hex)}'`;
}
