/** What a value may be. */
export interface Kind {
  /** For errors, after "must be": `a whole number above 0`. */
  readonly what: string;
  /** True for a value of this kind. */
  readonly fits: (value: unknown) => boolean;
  /** The names in an object of options, where it is one. */
  readonly table?: OptionTable<never>;
}

/** What a value may be that has to be there. */
export interface RequiredKind extends Kind {
  /** Marks the kind: an object of options without this name is refused. */
  readonly required: true;
}

/**
 * Every name that an object of options may have, and what its value may be. The compiler holds it to the type `T`: a
 * name that is missing here, or is not in `T`, does not compile; nor does one that is required in `T` and optional
 * here.
 */
export type OptionTable<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name] ? Kind : RequiredKind;
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Its own user checks it. */
export const anything: Kind = { what: 'anything', fits: () => true };
/** A truth value. */
export const flag: Kind = { what: 'true or false', fits: (value) => typeof value === 'boolean' };
/** A number that is neither NaN nor infinite. */
export const number: Kind = { what: 'a finite number', fits: isNumber };
/** A finite number above 0. */
export const positive: Kind = {
  what: 'a finite number above 0',
  fits: (value) => isNumber(value) && value > 0,
};
/** A finite number of 0 or more. */
export const atLeast0: Kind = {
  what: 'a finite number of 0 or more',
  fits: (value) => isNumber(value) && value >= 0,
};
/** Infinity included: patience without end. */
export const atLeast1: Kind = {
  what: '1 or more',
  fits: (value) => typeof value === 'number' && value >= 1,
};
/** What a sum may be divided by. */
export const divisor: Kind = {
  what: 'a whole number other than 0',
  fits: (value) => Number.isSafeInteger(value) && value !== 0,
};
/** A share of a whole. */
export const share: Kind = {
  what: 'a number from 0 to 1',
  fits: (value) => isNumber(value) && value >= 0 && value <= 1,
};
/** A string. */
export const text: Kind = { what: 'a text', fits: (value) => typeof value === 'string' };
/** A function, but no class. */
export const callback: Kind = {
  what: 'a function',
  fits: (value) => typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value)),
};

/** A whole number from `least`, at most `most`. */
export function whole(least = 0, most = Number.MAX_SAFE_INTEGER): Kind {
  const range =
    most < Number.MAX_SAFE_INTEGER
      ? ` from ${least} to ${most}`
      : least === Number.MIN_SAFE_INTEGER
        ? ''
        : least === 1
          ? ' above 0'
          : ` of ${least} or more`;
  return {
    what: `a whole number${range}`,
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  };
}

/** One value for height and width, or one for each. */
export function pair(kind: Kind): Kind {
  return {
    what: `${kind.what}, or two of them [height, width]`,
    fits: (value) => (Array.isArray(value) ? value.length === 2 && value.every(kind.fits) : kind.fits(value)),
  };
}

/** One of some words. */
export function oneOf(...words: readonly unknown[]): Kind {
  return {
    what: words.map((word) => (typeof word === 'string' ? `'${word}'` : String(word))).join(' or '),
    fits: (value) => words.includes(value),
  };
}

/** A list (or typed array) of values of one kind. */
export function list(kind: Kind, length?: number): Kind {
  return {
    what: `a list${length === undefined ? '' : ` of ${length}`}, each ${kind.what}`,
    fits: (value) =>
      (Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)) &&
      (length === undefined || (value as ArrayLike<unknown>).length === length) &&
      Array.prototype.every.call(value, kind.fits),
  };
}

/** One value, or a list of them. */
export function oneOrMore(kind: Kind): Kind {
  return {
    what: `${kind.what}, or a list of them`,
    fits: (value) => (Array.isArray(value) ? value.every(kind.fits) : kind.fits(value)),
  };
}

/** An object of a class. `what`: how to say it. */
// biome-ignore lint/suspicious/noExplicitAny: a class with any constructor
export function instance(of: () => abstract new (...args: any[]) => unknown, what: string): Kind {
  return { what, fits: (value) => value instanceof of() };
}

/** An object of options within one. */
export function table<T>(names: OptionTable<T>): Kind {
  return {
    what: `an object with ${Object.keys(names).join(', ')}`,
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    table: names as OptionTable<never>,
  };
}

/** A value of a kind, or null. */
export function orNull(kind: Kind): Kind {
  return { ...kind, what: `${kind.what}, or null`, fits: (value) => value === null || kind.fits(value) };
}

/** It has to be given. */
export function required(kind: Kind): RequiredKind {
  return { ...kind, required: true };
}
