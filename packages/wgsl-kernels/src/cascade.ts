import { indent, repeat } from './kernel.ts';

/**
 * Long sums. Added one after the other, n numbers of one size end with an error of up to n/4 units in the last place:
 * the total is so much larger than a term that each addition rounds much of it away. Here a long loop is cut into
 * blocks that are summed by themselves, and those into blocks again (cascade summation, as PyTorch's): no accumulator
 * takes in more than `longestChain` numbers one after the other. The order depends on counts alone, and a short sum
 * stays one loop.
 *
 * The largest of many is found in blocks too, where order is nothing: a CPU then works on several blocks at a time.
 *
 * Nothing here needs arithmetic that a compiler may not rearrange, as compensated summation would.
 */
const longestChain = 16;
/** `for (var variable = from; variable < to; variable++)`, with no more than `count` iterations. */
export interface SumLoop {
  readonly variable: string;
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** The number of iterations is a multiple of this. */
  readonly multiple?: number;
}

/** A loop from 0 to before `count`, or from `from` on. */
export function loopTo(variable: string, count: number, from = 0): SumLoop {
  return { variable, from: `${from}u`, to: `${count}u`, count: count - from, multiple: count - from };
}

/**
 * Part number `part` (WGSL) of the steps to before `count`, cut into parts of `size`; `names` are the two constants in
 * the text.
 */
export function partOf(
  variable: string,
  part: string,
  size: number,
  count: number,
  [sizeName, countName]: readonly [string, string] = [`${size}u`, `${count}u`],
): SumLoop {
  const end = `(${part} + 1u) * ${sizeName}`;
  return {
    variable,
    from: `${part} * ${sizeName}`,
    to: count % size === 0 ? end : `min(${end}, ${countName})`,
    count: size,
    multiple: greatestDivisor(count, size),
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

export interface SumOptions {
  /** WGSL type of the sums; `vec4<f32>` unless given. */
  readonly type?: string;
  /** The longest chain, for loops whose body is costly to interrupt. */
  readonly chain?: number;
  /** The longest sum that stays one chain: twice `chain` unless given. */
  readonly short?: number;
  /** WGSL of what a block's sum starts from (0 unless given), and of two sums made one. */
  readonly start?: (sum: string) => string;
  readonly join?: (a: string, b: string) => string;
}

/** A part of a loop, or all of it: steps of `step` up to the end of the part around it. */
interface Piece {
  readonly loop: SumLoop;
  readonly step: number;
  /** Steps at most. */
  readonly count: number;
  /** Sums of its own inside of each step, added to those outside of it. */
  readonly fresh: boolean;
}

/**
 * WGSL: nested loops, outermost first, around a body that adds one term to each of `sums`. These are variables of the
 * caller's; the body is given what to append to their names: '' in a short sum.
 */
export function sumLoops(
  loops: readonly SumLoop[],
  sums: readonly string[],
  body: (suffix: string) => string,
  options: SumOptions = {},
): string {
  const { type = 'vec4<f32>', chain = longestChain, short = 2 * chain } = options;
  const { start: zero = () => `${type}()`, join } = options;
  const pieces = cut(loops, chain, short);
  const emit = (index: number, suffix: string, level: number): string => {
    const piece = pieces[index];
    if (!piece) return body(suffix);
    const { loop, step } = piece;
    const { variable } = loop;
    const inner = piece.fresh ? `_${level}` : suffix;
    const within = (content: (suffix: string, level: number) => string) => {
      const take = (sum: string) =>
        join ? `${sum}${suffix} = ${join(sum + suffix, sum + inner)};` : `${sum}${suffix} += ${sum}${inner};`;
      return [
        ...(piece.fresh ? sums.map((sum) => `var ${sum}${inner} = ${zero(sum)};`) : []),
        content(inner, piece.fresh ? level + 1 : level),
        ...(piece.fresh ? sums.map(take) : []),
      ].join('\n');
    };
    const name = nameOf(piece);
    const around = pieces[index - 1]?.loop === loop ? pieces[index - 1] : undefined;
    const from = around ? nameOf(around) : loop.from;
    const to = around ? `${variable}End${around.step}` : loop.to;
    if (step === 1) {
      const content = within((s, l) => emit(index + 1, s, l));
      return `for (var ${name} = ${from}; ${name} < ${to}; ${name}++) {\n${indent(content)}\n}`;
    }
    const last = pieces[index + 1];
    const lines = (condition: string, content: string) =>
      `while (${condition}) {\n${indent(`${content}\n${name} += ${step}u;`)}\n}`;
    if (last.step > 1) {
      const end = `let ${variable}End${step} = min(${name} + ${step}u, ${to});`;
      const part = `${end}\n${within((s, l) => emit(index + 1, s, l))}`;
      return `{\n${indent(`var ${name} = ${from};\n${lines(`${name} < ${to}`, part)}`)}\n}`;
    }
    // Whole blocks have a constant number of steps, so that a compiler may unroll them; what is left over comes last.
    const offset = `${variable}Step`;
    const block = within((s, l) => {
      const step = `let ${variable} = ${name} + ${offset};\n${emit(index + 2, s, l)}`;
      return `for (var ${offset} = 0u; ${offset} < ${last.count}u; ${offset}++) {\n${indent(step)}\n}`;
    });
    const rest = within((s, l) => {
      const content = emit(index + 2, s, l);
      return `for (var ${variable} = ${name}; ${variable} < ${to}; ${variable}++) {\n${indent(content)}\n}`;
    });
    const whole = (loop.multiple ?? 1) % step === 0;
    const tail = whole ? '' : `\nif (${name} < ${to}) {\n${indent(rest)}\n}`;
    const condition = whole ? `${name} < ${to}` : `${name} + ${step}u <= ${to}`;
    return `{\n${indent(`var ${name} = ${from};\n${lines(condition, block)}${tail}`)}\n}`;
  };
  return emit(0, '', 1);
}

function nameOf({ loop, step }: Piece): string {
  return step === 1 ? loop.variable : `${loop.variable}By${step}`;
}

/**
 * The loops in pieces, outermost first, such that no sum takes in more than `chain` terms where there are more than
 * `short`.
 */
function cut(loops: readonly SumLoop[], chain: number, short: number): Piece[] {
  const terms = loops.reduce((product, { count }) => product * count, 1);
  const limit = terms <= short ? terms : chain;
  const pieces: Piece[] = [];
  let taken = 1;
  let fresh = false;
  const add = (loop: SumLoop, step: number, count: number) => {
    pieces.push({ loop, step, count, fresh });
    taken = fresh ? count : taken * count;
    fresh = false;
  };
  for (const loop of [...loops].reverse()) {
    let step = 1;
    let rest = loop.count;
    while (taken * rest > limit) {
      const block = largestBlock(Math.floor(limit / taken), rest);
      if (block > 1) {
        add(loop, step, block);
        step *= block;
        rest = Math.ceil(rest / block);
      }
      taken = 1;
      fresh = true;
    }
    add(loop, step, rest);
  }
  return pieces.reverse();
}

/** Steps of a block, at most `most`: rather a few less than a rest that needs code of its own. */
function largestBlock(most: number, count: number): number {
  for (let block = most; block > most / 2; block--) if (count % block === 0) return block;
  return most;
}

/** Accumulators `acc<x>_<y>` that a text adds to, by how many x and y there are. */
export type Accumulators = readonly [number, number];

/**
 * WGSL that declares sums of a part, what renames a text that adds to `acc` to add to them, and WGSL that adds them
 * to `acc`.
 */
export function partSums([first, second]: Accumulators, name: string) {
  const each = (text: (sum: string) => string) =>
    repeat(first, (x) => repeat(second, (y) => text(`${x}_${y}`), ' '));
  return {
    declared: each((sum) => `var ${name}${sum} = vec4<f32>();`),
    within: (text: string) => text.replace(/\bacc(?=\d)/g, name),
    added: each((sum) => `acc${sum} += ${name}${sum};`),
    cleared: each((sum) => `${name}${sum} = vec4<f32>();`),
  };
}

/** WGSL: what `text` adds to the accumulators, summed by itself first. */
export function apart(accumulators: Accumulators, name: string, text: string): string {
  const { declared, within, added } = partSums(accumulators, name);
  return `${declared}\n${within(text)}\n${added}`;
}
