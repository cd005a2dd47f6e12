/** Conversions of arguments, as WebIDL has them: what does not fit is a TypeError at once. */
import { show } from '@glassbox/options';

const whole = (owner: string, name: string, value: unknown, most: number): number => {
  const number = Math.trunc(Number(value));
  if (number >= 0 && number <= most) return number + 0;
  throw new TypeError(`${owner}: ${name} must be a whole number from 0 to ${most}, not ${show(value)}`);
};

/** `[EnforceRange] unsigned long`. */
export const size32 = (owner: string, name: string, value: unknown): number =>
  whole(owner, name, value, 2 ** 32 - 1);

/** `[EnforceRange] unsigned long long`. */
export const size64 = (owner: string, name: string, value: unknown): number =>
  whole(owner, name, value, Number.MAX_SAFE_INTEGER);

/** An object of options, which has to be there. */
export function dictionary<T extends object>(owner: string, value: T | null | undefined): T {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    throw new TypeError(`${owner}: the descriptor must be an object, not ${show(value)}`);
  }
  return value;
}

/** An object of a class of this package. */
export function own<T>(
  // biome-ignore lint/suspicious/noExplicitAny: a class with any constructor
  of: abstract new (...args: any[]) => T,
  owner: string,
  name: string,
  value: unknown,
): T {
  if (value instanceof of) return value;
  throw new TypeError(`${owner}: ${name} must be a ${of.name}, not ${show(value)}`);
}

/** One of some words. */
export function word<T extends string>(owner: string, name: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  throw new TypeError(`${owner}: ${name} must be '${words.join("' or '")}', not ${show(value)}`);
}

/** A sequence. */
export function sequence<T>(owner: string, name: string, value: Iterable<T> | null | undefined): T[] {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...value];
  throw new TypeError(`${owner}: ${name} must be a list, not ${show(value)}`);
}

/** The bytes of an array, and how many an element of it has. */
export function bytesOf(owner: string, data: unknown): { readonly bytes: Uint8Array; readonly unit: number } {
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    const unit = 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1;
    return { bytes: new Uint8Array(buffer, byteOffset, byteLength), unit };
  }
  const shared = typeof SharedArrayBuffer !== 'undefined' && data instanceof SharedArrayBuffer;
  if (shared || data instanceof ArrayBuffer) return { bytes: new Uint8Array(data), unit: 1 };
  throw new TypeError(`${owner}: data must be an ArrayBuffer or a view of one, not ${show(data)}`);
}
