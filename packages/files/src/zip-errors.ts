import type { ByteSource } from './byte-source.ts';
import { DataError } from './errors.ts';

/**
 * The three reasons for which a zip, or a member of it, is not read: told apart, since they call for different
 * things.
 */

/** What it says about itself cannot be true. */
export function damaged(source: ByteSource, problem: string, options?: ErrorOptions): DataError {
  const fix = `The file is damaged or cut off: fetch it again, or write it anew with ${source.format.writer}.`;
  return new DataError(source.name, problem, fix, options);
}

/**
 * Programs that trust it could be led to write outside of a folder, to fill the memory, or to read different things.
 */
export function dangerous(source: ByteSource, problem: string): DataError {
  const fix =
    'That is dangerous, so it is not read: fetch it again from a place that you trust, ' +
    `or write it anew with ${source.format.writer}.`;
  return new DataError(source.name, problem, fix);
}

/** Sound perhaps, but of a kind that is not read here. */
export function unsupported(source: ByteSource, problem: string): DataError {
  return new DataError(source.name, problem, `Write it anew with ${source.format.writer}.`);
}
