import {
  brief,
  oneOfWords,
  parseCommandLine,
  UsageError,
  integer as wholeNumber,
} from '@glassbox/host/command-line';

/** One option of a command line, with its line of help. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for its value in the help, for example `N`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given on the command line: text, true for a switch, undefined if absent. */
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Parses the arguments after the command's name.
 * @param expected the names under which the values hold words that are no options' values; one in [brackets] may be
 * left out
 * @throws UsageError for an unknown option, a missing value or a stray word.
 */
export function parse(args: readonly string[], options: Options, expected: readonly string[] = []): Values {
  const { values, positionals } = parseCommandLine(args, options);
  if (positionals.length > expected.length)
    throw new UsageError(`Unexpected argument '${brief(positionals[expected.length])}'.`);
  const needed = expected.filter((name) => !name.startsWith('['));
  const complete = positionals.length >= needed.length || values.help;
  if (!complete)
    throw new UsageError(`Expected ${expected.join(' ')}, and got ${positionals.length} of them.`);
  const names = expected.map((name) => name.replace(/^\[|\]$/g, ''));
  return { ...values, ...Object.fromEntries(positionals.map((word, n) => [names[n], word])) } as Values;
}

/** One line of help for each option. */
export function helpLines(options: Options): string {
  const rows = Object.entries(options).map(([name, { value, help }]) => [
    `--${name}${value ? ` ${value}` : ''}`,
    help,
  ]);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join('\n');
}

/** One of a few words, or the fallback if the option is absent. */
export function word<const T extends string>(
  values: Values,
  name: string,
  allowed: readonly T[],
  fallback: NoInfer<T>,
): T {
  return oneOfWords(`--${name}`, String(values[name] ?? fallback), allowed);
}

/** Words separated by commas, each one of a list; all of them, or the fallback, if the option is absent. */
export function words<T extends string>(
  values: Values,
  name: string,
  allowed: readonly T[],
  fallback = allowed,
): readonly T[] {
  const value = values[name];
  if (value === undefined) return fallback;
  const chosen = String(value).split(',');
  for (const one of chosen) {
    if (!(allowed as readonly string[]).includes(one)) {
      throw new UsageError(`--${name} ${one}: expected one or more of ${allowed.join(', ')}`);
    }
  }
  return chosen as T[];
}

/** A whole number of at least `low`; undefined if the option is absent. */
export function integer(values: Values, name: string, low = 1): number | undefined {
  const value = values[name];
  return value === undefined ? undefined : wholeNumber(`--${name}`, String(value), low);
}

/** A number of seconds above 0, or the fallback. */
export function seconds(values: Values, name: string, fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--${name} ${values[name]}: expected a number of seconds above 0`);
}

/** A share of 100 above 0 and up to 100, or the fallback. */
export function percent(values: Values, name: string, fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (value > 0 && value <= 100) return value;
  throw new UsageError(`--${name} ${values[name]}: expected a number above 0 and up to 100`);
}
