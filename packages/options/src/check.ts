import type { Kind, OptionTable } from './kinds.ts';
import { isElsewhere, nearest, show } from './words.ts';

/**
 * Refuses options that do not exist, with the name that was most likely meant, and values of the wrong kind.
 * Undefined is the same as left out.
 * @param owner whose options they are, for errors
 * @throws TypeError, or RangeError for numbers out of range
 */
export function checkOptions<T>(owner: string, options: T | undefined, names: OptionTable<T>): void {
  const known = names as Readonly<Record<string, Kind & { readonly required?: boolean }>>;
  if (options !== undefined && !isObject(options)) {
    throw noOptions(owner, options, known);
  }
  const given = (options ?? {}) as Readonly<Record<string, unknown>>;
  for (const name in given) {
    if (Object.hasOwn(known, name)) continue;
    // Something else altogether, such as a tensor.
    const made = given.constructor;
    throw typeof made === 'function' && made !== Object
      ? noOptions(owner, options, known)
      : unknownName(owner, name, Object.keys(known));
  }
  for (const name in known) {
    const kind = known[name];
    const value = given[name];
    if (value !== undefined) {
      if (!kind.fits(value)) throw wrongValue(owner, name, value, kind);
      if (kind.table) checkOptions(`${owner}: ${name}`, value as object, kind.table as OptionTable<object>);
    } else if (kind.required) {
      throw new TypeError(`${owner}: ${name} is missing; it must be ${kind.what}`);
    }
  }
}

/** The same for an argument that has a place of its own. @throws TypeError, or RangeError for numbers out of range */
export function checkValue(owner: string, name: string, value: unknown, kind: Kind): void {
  if (!kind.fits(value)) throw wrongValue(owner, name, value, kind);
}

function noOptions(owner: string, value: unknown, known: object): TypeError {
  return new TypeError(
    `${owner}: options are given as an object, { ${Object.keys(known).join(', ')} }, not as ${show(value)}`,
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function wrongValue(owner: string, name: string, value: unknown, { what }: Kind): Error {
  const message = `${owner}: ${name} must be ${what}, not ${show(value)}`;
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

function unknownName(owner: string, name: string, known: readonly string[]): TypeError {
  const meant = nearest(name, known);
  const same = meant !== undefined && meant.toLowerCase() === name.replaceAll('_', '').toLowerCase();
  const all = known.length > 0 ? `the options are ${known.join(', ')}` : 'there are no options';
  if (isElsewhere(name) && !same) {
    return new TypeError(`${owner}: '${name}' is not supported here; ${all}`);
  }
  return new TypeError(
    meant === undefined
      ? `${owner}: there is no option '${name}'; ${all}`
      : `${owner}: there is no option '${name}'; did you mean '${meant}'? (${all})`,
  );
}
