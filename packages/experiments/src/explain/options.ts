import { brief, integer, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';
import type { Choices, KernelEntry } from './kernels/entry.ts';
import { kernelEntries } from './kernels.ts';

/** What `npm run explain` was asked for; without a kernel, the list of them. */
export interface ExplainOptions {
  readonly kernel: { readonly name: string; readonly entry: KernelEntry } | undefined;
  readonly shape: readonly number[];
  readonly choices: Choices;
  /** Where it is timed. */
  readonly device: ChosenDevice;
  /** Which programs to print: both, those that are short, or none. */
  readonly texts: 'all' | 'short' | 'none';
}

export const explainHelp = `
npm run explain -- KERNEL [options]

Prints a kernel's formula, its buffers and grid, its FLOP and bytes and how fast it runs here; then its WGSL and the
WebAssembly text that it becomes, where they are short. Without a kernel: the list of all.

  --list                        the kernels by name
  --shape SIZE                  sizes with x between them, for example 64x16x14x14; default: as in the practical's net
  --out-channels N              convolutions: channels of the output
  --kernel-size N               convolutions and pooling: rows and columns of the window
  --stride N, --padding N       convolutions and pooling
${deviceHelp(32, 'where it is timed (default wasm)')}
  --text                        print WGSL and WebAssembly text however long they are
  --brief                       print neither
  --help

Examples:
  npm run explain -- conv2dForward --shape 64x16x14x14 --out-channels 32 --stride 2 --padding 1
  npm run explain -- matmul --shape 512x512x512 --text | less
  npm run explain -- relu
`.trim();

const choiceFlags: Record<keyof Choices, string> = {
  outChannels: 'out-channels',
  kernelSize: 'kernel-size',
  stride: 'stride',
  padding: 'padding',
};

/** @throws UsageError that names the kernel or flag and says what would do. */
export function parseExplainOptions(args: readonly string[]): ExplainOptions {
  const { values, positionals } = parseCommandLine(args, {
    list: { type: 'boolean', default: false },
    shape: { type: 'string' },
    'out-channels': { type: 'string' },
    'kernel-size': { type: 'string' },
    stride: { type: 'string' },
    padding: { type: 'string' },
    ...deviceFlags,
    text: { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  });
  if (positionals.length > 1) {
    throw new UsageError(
      `Expected one kernel, but got ${brief(positionals.join(' '))}: explain them one by one`,
    );
  }
  if (values.text && values.brief) throw new UsageError('--text and --brief: choose one');
  const kernel = values.list || positionals.length === 0 ? undefined : findKernel(positionals[0]);
  return {
    kernel,
    shape: kernel ? parseShape(values.shape, kernel.name, kernel.entry) : [],
    choices: parseChoices(values, kernel),
    device: chosenDevice(values, 'wasm'),
    texts: values.text ? 'all' : values.brief ? 'none' : 'short',
  };
}

/**
 * A kernel by name; `relu` finds `reluForward`, and case does not matter. @throws UsageError with the nearest names.
 */
export function findKernel(wanted: string): { readonly name: string; readonly entry: KernelEntry } {
  const names = Object.keys(kernelEntries);
  const lower = wanted.toLowerCase();
  const name =
    names.find((candidate) => candidate.toLowerCase() === lower) ??
    names.find((candidate) => candidate.toLowerCase() === `${lower}forward`);
  if (name) return { name, entry: kernelEntries[name] };
  const near = nearestNames(wanted, names);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}? ` : '';
  throw new UsageError(
    `There is no kernel '${brief(wanted)}': ${hint}\`npm run explain -- --list\` shows all.`,
  );
}

/**
 * At most three names that may have been meant: those that hold the word, else those of which a part, from the
 * beginning or from one of its words on, differs from it in less than a third of the letters. The nearest first.
 */
function nearestNames(wanted: string, names: readonly string[]): string[] {
  const word = wanted.toLowerCase().slice(0, 40);
  const most = Math.max(1, Math.floor(word.length / 3));
  return names
    .map((name) => {
      // conv2dInputGradient: from conv2dInputGradient, InputGradient and Gradient.
      const parts = [name, ...Array.from(name.matchAll(/[A-Z]/g), ({ index }) => name.slice(index))];
      const distances = parts.map((part) => editsToBeginning(word, part.toLowerCase()));
      const holds = word.length > 2 && name.toLowerCase().includes(word);
      return { name, distance: holds ? 0 : Math.min(...distances) };
    })
    .filter(({ distance }) => distance <= most && distance < word.length)
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length)
    .slice(0, 3)
    .map(({ name }) => name);
}

function parseShape(text: string | undefined, name: string, entry: KernelEntry): readonly number[] {
  if (text === undefined) return entry.shape;
  const shape = text.split(/[x,]/).map((size) => integer('--shape', size, 1, 2 ** 31));
  const rank = entry.dimensions.endsWith('…') ? shape.length : entry.dimensions.split(',').length;
  if (shape.length === rank) return shape;
  throw new UsageError(
    `--shape ${brief(text)}: ${name} takes ${entry.dimensions}, for example --shape ${entry.shape.join('x')}`,
  );
}

function parseChoices(
  values: { readonly [flag: string]: string | boolean | undefined },
  kernel: ExplainOptions['kernel'],
): Choices {
  const defaults = kernel?.entry.choices ?? {};
  const chosen: Record<string, number> = {};
  for (const [choice, flag] of Object.entries(choiceFlags)) {
    const value = values[flag];
    const preset = defaults[choice as keyof Choices];
    if (typeof value === 'string' && preset === undefined) {
      throw new UsageError(
        `--${flag}: ${kernel ? `${kernel.name} has no such choice` : 'name a kernel first'}`,
      );
    }
    chosen[choice] =
      typeof value === 'string'
        ? integer(`--${flag}`, value, choice === 'padding' ? 0 : 1, 65_535)
        : (preset ?? 0);
  }
  return chosen as unknown as Choices;
}

/**
 * Insertions, deletions and replacements (Levenshtein, 1966) between a word and the nearest beginning of another one.
 */
function editsToBeginning(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return Math.min(...row);
}
