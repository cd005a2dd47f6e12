/** What is compared: a kernel of the project at shapes, with its buffers and its float64 twin. */
import {
  type Choices,
  type Example,
  type KernelEntry,
  kernelEntries,
  wordsOf,
} from '@glassbox/experiments/kernels';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';

/** What somebody asks for. */
export interface Wanted {
  /** A name of `kernelEntries`. */
  readonly name: string;
  /** Sizes in the order of the entry's `dimensions`; its own unless given. */
  readonly shape?: readonly number[];
  /** What else the entry leaves open; its own unless given. */
  readonly choices?: Partial<Choices>;
  /** Which of its kernels is replaced, from 1; the one that computes most unless given. */
  readonly part?: number;
}

export interface Subject {
  readonly name: string;
  readonly shape: readonly number[];
  readonly choices: Partial<Choices>;
  /** What the numbers of the shape stand for, for example N,C,H,W. */
  readonly dimensions: string;
  readonly example: Example;
  /** Which of the example's kernels is replaced, from 0. */
  readonly part: number;
  /** That kernel. */
  readonly builtIn: Kernel;
}

/** A tensor of more numbers than this takes the float64 twin too long. */
const mostNumbers = 2 ** 26;
/** Windows are unrolled in the text of kernels. */
const mostChoice = { outChannels: 4096, kernelSize: 32, stride: 64, padding: 64 };

/**
 * Builds the kernel and its buffers for a machine.
 * @throws RangeError if there is no such kernel, if the shape does not fit, or if it is too large
 */
export function subjectOf({ name, shape, choices = {}, part }: Wanted, machine: Machine): Subject {
  const entry = Object.hasOwn(kernelEntries, name) ? kernelEntries[name] : undefined;
  if (!entry) throw new RangeError(`There is no kernel '${name.slice(0, 80)}'`);
  const sizes = checkedShape(name, entry, shape ?? entry.shape);
  const chosen = checkedChoices(name, entry, choices);
  const example = entry.build(
    sizes,
    { outChannels: 0, kernelSize: 0, stride: 0, padding: 0, ...chosen },
    machine,
  );
  const words = Object.values(example.buffers).reduce((sum, buffer) => sum + wordsOf(buffer), 0);
  if (words > 4 * mostNumbers) throw tooLarge(name, sizes, words);
  const { kernels } = example;
  if (part !== undefined && !(Number.isInteger(part) && part >= 1 && part <= kernels.length)) {
    const names = kernels.map((kernel, n) => `${n + 1} ${kernel.name}`).join(', ');
    throw new RangeError(`${name} has no part ${part}: it has ${names}`);
  }
  const heaviest = kernels.reduce((best, kernel, n) => (cost(kernel) > cost(kernels[best]) ? n : best), 0);
  const index = part === undefined ? heaviest : part - 1;
  const { dimensions } = entry;
  return { name, shape: sizes, choices: chosen, dimensions, example, part: index, builtIn: kernels[index] };
}

/** FLOP, and bytes for kernels that only move data. */
const cost = ({ flop, bytes }: Kernel) => flop + bytes / 1e6;

/** `conv2dForward 64x16x14x14, outChannels 32`: the same in every run. */
export function subjectTitle({ name, shape, choices, example, part, builtIn }: Subject): string {
  const chosen = Object.entries(choices).map(([choice, value]) => `, ${choice} ${value}`);
  const which = example.kernels.length > 1 ? `, kernel ${part + 1} ${builtIn.name}` : '';
  return `${name} ${shape.join('x')}${chosen.join('')}${which}`;
}

function checkedShape(name: string, { dimensions, shape: usual }: KernelEntry, shape: readonly number[]) {
  const rank = dimensions.endsWith('…') ? shape.length : dimensions.split(',').length;
  const whole = shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (shape.length !== rank || rank === 0 || rank > 8 || !whole) {
    throw new RangeError(
      `${name} takes ${dimensions}, whole numbers above 0 such as ${usual.join('x')}, ` +
        `and not ${shape.join('x').slice(0, 80)}`,
    );
  }
  const numbers = shape.reduce((product, size) => product * size, 1);
  if (numbers > mostNumbers) throw tooLarge(name, shape, numbers);
  return shape;
}

function checkedChoices(name: string, { choices: usual = {} }: KernelEntry, choices: Partial<Choices>) {
  for (const [choice, value] of Object.entries(choices)) {
    const most = mostChoice[choice as keyof Choices];
    if (!Object.hasOwn(usual, choice)) throw new RangeError(`${name} has no ${choice}`);
    const least = choice === 'padding' ? 0 : 1;
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw new RangeError(`${choice} ${value}: expected a whole number from ${least} to ${most}`);
    }
  }
  return { ...usual, ...choices };
}

const tooLarge = (name: string, shape: readonly number[], numbers: number) =>
  new RangeError(
    `${name} ${shape.join('x')}: ${numbers.toLocaleString('en')} numbers are too many to be checked; ` +
      `take at most ${mostNumbers.toLocaleString('en')} in a tensor`,
  );
