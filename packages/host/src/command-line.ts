import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/**
 * The command line was wrong: the message says how; the program exits with status 2. What it quotes may come from a
 * run folder that somebody else made: control characters are shown as escapes, and do nothing to the terminal.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(visible(message));
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** A text in which control characters, but for line breaks, are shown as escapes. */
export function visible(text: string): string {
  return text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The beginning of a text that may be endless. */
export function brief(text: string): string {
  return text.length > 80 ? `${text.slice(0, 78)}…` : text;
}

/** Longer than any path or list of names; `parseArgs` takes seconds over a cluster of 100,000 short flags. */
const longestArgument = 8192;

/**
 * Parses a command line strictly: an unknown flag or a missing value is a `UsageError` that names it.
 * A lone `--`, as `npm run x -- -- …` leaves it, is ignored.
 */
export function parseCommandLine<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  const long = args.find(({ length }) => length > longestArgument);
  if (long !== undefined) {
    throw new UsageError(
      `${JSON.stringify(long.slice(0, 40))}…: an argument of ${long.length} characters; at most ${longestArgument} ` +
        'are taken',
    );
  }
  try {
    return parseArgs({
      args: args.filter((arg) => arg !== '--'),
      options,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const said = (error as Error).message.replace(/\. To specify.*/s, '.');
    throw new UsageError(said.length > 200 ? `${said.slice(0, 198)}…` : said);
  }
}

/** One of a few words. */
export function oneOfWords<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new UsageError(`${flag} ${brief(value)}: expected ${allowed.join(' | ')}`);
}

/** A whole number within bounds, both of them included. */
export function integer(flag: string, value: string, low: number, high = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= low && number <= high) return number;
  const bounds = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
  throw new UsageError(`${flag} ${brief(value)}: expected a whole number ${bounds}`);
}

/**
 * Ends the program quietly when nobody reads its output any more (`| head`, a pager that was left), as other programs
 * end by SIGPIPE. Without it Node reports an error of its own insides.
 */
export function endWithItsReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(128 + 13);
    });
  }
}

/** Exit statuses of this project's programs. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The same command may succeed later (`EX_TEMPFAIL` of sysexits.h): a lost device, a run folder in use. */
  retry: 75,
  /** Stopped by Ctrl-C or SIGTERM; it can go on. */
  interrupted: 130,
} as const;

/** True for an error that says, or whose cause says, that the same command may succeed later (`retryHelps`). */
export function retryHelps(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    if ((each as { readonly retryHelps?: unknown }).retryHelps === true) return true;
  }
  return false;
}

/**
 * Runs a program: errors become one clear message and an exit status, never a stack trace for a user's mistake.
 * @param help printed in place of the program if it is asked for; undefined for a program that prints its own
 * @param main returns the exit status; undefined is 0
 */
export async function runProgram(
  help: string | undefined,
  main: () => Promise<number | undefined>,
): Promise<void> {
  endWithItsReader();
  const wantsHelp = process.argv.slice(2).some((arg) => arg === '--help' || arg === '-h');
  if (help !== undefined && wantsHelp) {
    console.log(help);
    return;
  }
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    const text = error instanceof Error ? error.message : String(error);
    console.error(`${usage ? text : `Error: ${text}`}${usage ? '\nTry --help.' : ''}`);
    if (process.env.GLASSBOX_STACK && error instanceof Error) console.error(error.stack);
    process.exitCode = usage ? exitStatus.usage : retryHelps(error) ? exitStatus.retry : exitStatus.failed;
  }
}
