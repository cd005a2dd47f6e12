/** What the room's Worker does, on a device of its own: texts and their lines, comparisons, ladders. */
import {
  checkBoth,
  compareInTurns,
  comparisonMarkdown,
  deviceTitle,
  type Grid,
  type KernelComparison,
  markdownTable,
  measureRoofline,
  OwnKernelError,
  ownKernel,
  type Roofline,
  type Subject,
  subjectOf,
  subjectTitle,
  type Wrong,
} from '@glassbox/benchmarks/kernel';
import { climbLadder, type Ladder, type LadderResult, ladderColumns } from '@glassbox/benchmarks/ladder';
import { type Device, openDevice } from '@glassbox/tensor-core';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';
import { WgslError } from '@glassbox/wgsl-wasm';
import { lineMap } from '@glassbox/wgsl-wasm/line-map';
import type { DeviceWish } from '../../worker/messages.ts';
import { type LadderName, ladders, type Target, versionName } from './target.ts';

/** A kernel as the room shows it. */
export interface Described {
  readonly title: string;
  readonly wgsl: string;
  readonly flop: number;
  readonly bytes: number;
  readonly workgroups: readonly [number, number, number];
  /** Names of the kernels that the target is for its shapes, and which one this is, from 0. */
  readonly parts: readonly string[];
  readonly part: number;
  readonly shape: readonly number[];
  readonly choices: Subject['choices'];
  /** What the numbers of the shape stand for, as `N,C,H,W`; empty where they cannot be chosen. */
  readonly dimensions: string;
}

/** A message about a stretch of the text. */
export interface TextMessage {
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A text as WebAssembly with the line of each of its lines, or why it is none. */
export type Compiled =
  | { readonly ok: true; readonly text: readonly string[]; readonly lines: readonly (number | null)[] }
  | { readonly ok: false; readonly messages: readonly TextMessage[] };

/** What is done right now, and how far it is. */
export type Progress =
  | { readonly stage: 'check' | 'roofline' }
  | { readonly stage: 'turns' | 'versions'; readonly done: number; readonly of: number };

export type Comparison =
  | { readonly kind: 'measured'; readonly result: KernelComparison; readonly markdown: string }
  | { readonly kind: 'wrong'; readonly who: 'own' | 'built-in'; readonly wrong: Wrong }
  /** It does not compile, or does not fit the kernel. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Climbed {
  readonly results: readonly LadderResult[];
  readonly roofline: Roofline;
  readonly markdown: string;
}

/** A text in loops for longer than this (operations of an invocation) is taken to run for ever: about a second. */
const operationLimit = 2 ** 31;
const roofPrecision = { seconds: 0.1, within: 0.03 };

export class Bench {
  readonly device: Device;
  #roofline: Roofline | undefined;

  constructor(device: Device) {
    this.device = device;
  }

  static async open(wish: DeviceWish): Promise<Bench> {
    return new Bench(await openDevice({ device: wish, operationLimit }));
  }

  get title(): string {
    return deviceTitle(this.device);
  }

  /** @throws RangeError if the shape does not fit the kernel. */
  describe(target: Target): Described {
    if (target.kind === 'ladder') return this.#describeVersion(target.ladder, target.version);
    const subject = subjectOf(target, this.device.machine);
    const { example, builtIn, part, shape, choices, dimensions } = subject;
    return {
      ...of(builtIn),
      title: subjectTitle(subject),
      parts: example.kernels.map(({ name }) => name),
      part,
      shape,
      choices,
      dimensions,
    };
  }

  #describeVersion(name: LadderName, version: number): Described {
    const { machine } = this.device;
    const kernels =
      name === 'matmul'
        ? kernelsOf(ladders.matmul, version, machine)
        : kernelsOf(ladders.conv2d, version, machine);
    const heaviest = kernels.reduce((best, one) => (one.flop > best.flop ? one : best));
    return {
      ...of(heaviest),
      title: `${name}, ${versionName(name, version)}`,
      parts: kernels.map((one) => one.name),
      part: kernels.indexOf(heaviest),
      shape: [],
      choices: {},
      dimensions: '',
    };
  }

  /** Checks the text against the built-in kernel, and if it is right times both in turns. */
  async compare(
    target: Target,
    text: string,
    grid: Grid | undefined,
    rounds: number,
    progress: (now: Progress) => void,
  ): Promise<Comparison> {
    if (target.kind === 'ladder') throw new Error('versions of a ladder are compared with each other');
    const subject = subjectOf(target, this.device.machine);
    let own: ReturnType<typeof ownKernel>;
    try {
      own = ownKernel(text, subject.builtIn, grid);
    } catch (error) {
      if (!(error instanceof WgslError || error instanceof OwnKernelError)) throw error;
      return { kind: 'refused', reason: error.message };
    }
    progress({ stage: 'check' });
    const found = await checkBoth(this.device, subject, own.kernel);
    if (found.wrong) return { kind: 'wrong', ...found };
    const roofline = await this.#roof(progress);
    const result = await compareInTurns(this.device, subject, own, roofline, {
      rounds,
      progress: (done, all) => progress({ stage: 'turns', done, of: all }),
    });
    return { kind: 'measured', result, markdown: comparisonMarkdown(result, [browser()]) };
  }

  /** Measures each version of a ladder. */
  async climb(name: LadderName, seconds: number, progress: (now: Progress) => void): Promise<Climbed> {
    const roofline = await this.#roof(progress);
    const of = ladders[name].versions.length;
    progress({ stage: 'versions', done: 0, of });
    const precision = { seconds, within: 0.03 };
    let done = 0;
    const told = () => progress({ stage: 'versions', done: ++done, of });
    const results =
      name === 'matmul'
        ? await climbLadder(this.device, ladders.matmul, precision, told)
        : await climbLadder(this.device, ladders.conv2d, precision, told);
    const peak = `peak ${(roofline.flops / 1e9).toFixed(1)} GFLOPS`;
    const markdown = [
      `### ${name}`,
      `${this.title}; ${peak}; ${browser()}`,
      markdownTable(results, ladderColumns),
    ];
    return { results, roofline, markdown: markdown.join('\n\n') };
  }

  async #roof(progress: (now: Progress) => void): Promise<Roofline> {
    progress({ stage: 'roofline' });
    this.#roofline ??= await measureRoofline(this.device, roofPrecision);
    return this.#roofline;
  }
}

/** The kernels of a ladder's version, at the shapes at which it is timed. */
function kernelsOf<Spec>(
  { versions, timed }: Ladder<Spec>,
  version: number,
  machine: Machine,
): readonly Kernel[] {
  const made = versions[version].kernel(timed, machine);
  return 'kernels' in made ? made.kernels : [made];
}

const of = ({ wgsl, flop, bytes, workgroups }: Kernel) => ({ wgsl, flop, bytes, workgroups });

/** Where it was measured, as far as a page is told. */
export function browser(): string {
  const { userAgent, hardwareConcurrency } = navigator;
  return `${userAgent}, ${hardwareConcurrency} cores`;
}

/** Compiles a text to WebAssembly, for its lines. */
export function compiled(wgsl: string): Compiled {
  try {
    return { ok: true, ...lineMap(wgsl) };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof WgslError) {
      const messages = error.diagnostics.map(({ offset, length, line, column, message }) => ({
        from: offset,
        to: offset + length,
        line,
        column,
        message,
      }));
      return { ok: false, messages };
    }
    // `line:column: message` of what cannot be lowered, or a message about the whole text.
    const [, line = '1', column = '1', rest = message] = message.match(/^(\d+):(\d+): (.*)$/s) ?? [];
    const from = offsetOf(wgsl, Number(line), Number(column));
    return {
      ok: false,
      messages: [{ from, to: from + 1, line: Number(line), column: Number(column), message: rest }],
    };
  }
}

function offsetOf(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
