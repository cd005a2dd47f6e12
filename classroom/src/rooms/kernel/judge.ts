/** Runs a text of a kernel and compares what comes out with the float64 twin, element by element. */
import { elementCount, forEachElement } from '@glassbox/wgsl-kernels';
import { positionOf } from '../../model/step-tensors.ts';
import type { Answers, Target } from './answers.ts';
import { Bench } from './bench.ts';
import { type BufferInfo, denseOf } from './operands.ts';
import { positionIn } from './places.ts';
import type { ArenaPlace, Unit } from './step.ts';
import { placeIn, TextError } from './text-error.ts';
import type {
  DifferenceVerdict,
  Operands as OperandsName,
  OutputVerdict,
  Verdict,
  WrongElement,
} from './types.ts';

export class Judge {
  readonly #unit: Unit;
  readonly #original: string;
  readonly #places: readonly ArenaPlace[];
  readonly #answers: Answers;
  #bench: Bench | undefined;

  /**
   * @param answers of the unit.
   * @param original the text in whose place others are judged.
   */
  constructor(answers: Answers, original: string, places: readonly ArenaPlace[]) {
    this.#answers = answers;
    this.#unit = answers.unit;
    this.#original = original;
    this.#places = places;
  }

  /** Frees the devices. */
  async close(): Promise<void> {
    await this.#bench?.close();
  }

  async judge(text: string): Promise<Verdict> {
    const began = performance.now();
    try {
      const bench = await this.#ready();
      const list = bench.prepare(this.#original, text);
      const outputs: OutputVerdict[] = [];
      let differences: DifferenceVerdict[] = [];
      for (const { name, operands, outputs: targets } of this.#answers.cases) {
        const names = targets.map((target) => target.name);
        const results = await bench.run(list, operands, names);
        for (const target of targets) outputs.push(this.#compare(target, name, results.get(target.name)!));
        if (name === 'step') differences = this.#differ(results);
        // What is wrong on the first numbers need not be tried on others.
        if (outputs.some(isWrong)) break;
      }
      const green = !outputs.some(isWrong) && differences.every(({ right }) => right);
      return {
        kind: 'judged',
        green,
        outputs,
        differences,
        milliseconds: performance.now() - began,
      };
    } catch (error) {
      if (error instanceof TextError) return { kind: 'text', messages: error.messages };
      // What a user of the device could do is nothing for a user of the page.
      const reason = (error as Error).message.replace(/ \(Where so many are meant.*$/s, '');
      return { kind: 'failed', reason, place: placeIn(text, reason) };
    }
  }

  async #ready(): Promise<Bench> {
    if (!this.#bench?.usable) {
      await this.#bench?.close();
      this.#bench = await Bench.open(this.#unit);
    }
    return this.#bench;
  }

  #compare(
    { name, info, values, allowed }: Target,
    operands: OperandsName,
    words: Int32Array,
  ): OutputVerdict {
    const got = denseOf(info, words);
    const shape = info.layout?.shape ?? [info.words];
    let [wrong, first, worst, most, bound] = [0, -1, -1, 0, 0];
    const errors = new Float32Array(got.length);
    for (let i = 0; i < got.length; i++) {
      // A training may have run away: infinity, and no number, can be right.
      const difference = Object.is(got[i], Math.fround(values[i])) ? 0 : got[i] - values[i];
      const limit = typeof allowed === 'number' ? allowed : allowed[i];
      bound = Math.max(bound, limit);
      errors[i] = difference;
      // What is no number is farther away than any number.
      const size = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.abs(difference);
      if (size > most) most = size;
      if (size <= limit) continue;
      wrong++;
      if (first < 0) first = i;
      const worstSize = worst < 0 ? -1 : Math.abs(got[worst] - values[worst]);
      if (worst < 0 || size > worstSize) worst = i;
    }
    const element = (at: number): WrongElement => ({
      ...this.#placeOf(name, shape, at),
      expected: values[at],
      got: got[at],
    });
    return {
      name,
      operands,
      shape,
      elements: got.length,
      wrong,
      allowed: bound,
      largest: most,
      dirty: dirtyWords(info, words),
      ...(wrong > 0
        ? { first: element(first), worst: element(worst), errors: pictured(shape, errors, worst) }
        : {}),
    };
  }

  /** An element by its place in the tensor, or in the parameter if the tensor is an optimiser's arena. */
  #placeOf(name: string, shape: readonly number[], at: number): Pick<WrongElement, 'index' | 'parameter'> {
    if (this.#unit.row.inPlace?.includes(name) && this.#unit.stage === 'update') {
      for (const { name: parameter, offset, layout } of this.#places) {
        const index = at >= offset ? positionOf(layout, at - offset) : undefined;
        if (index) return { index, parameter };
      }
    }
    return { index: positionIn(shape, at) };
  }

  #differ(results: ReadonlyMap<string, Int32Array>): DifferenceVerdict[] {
    const found = this.#answers.quotients;
    if (!found) return [];
    const got = denseOf(this.#unit.buffers.get(found.output)!, results.get(found.output)!);
    return found.elements.map(({ at, index, quotient }) => ({
      output: found.output,
      index,
      got: got[at],
      quotient,
      right: Math.abs(got[at] - quotient) <= found.allowed,
    }));
  }
}

const isWrong = ({ wrong, dirty }: OutputVerdict) => wrong + dirty > 0;

/** Words that belong to no element and are not 0: other kernels read them as zeros. */
function dirtyWords({ layout, words }: BufferInfo, content: Int32Array): number {
  if (!layout) return 0;
  const used = new Uint8Array(content.length);
  forEachElement(layout, (_, offset) => {
    used[offset] = 1;
  });
  let dirty = 0;
  for (let i = 0; i < content.length; i++) if (!used[i] && content[i] !== 0) dirty++;
  return Math.min(dirty, words);
}

/** Differences as a picture: of a batch of images those of the image with the worst element. */
function pictured(shape: readonly number[], errors: Float32Array, worst: number): OutputVerdict['errors'] {
  if (shape.length !== 4 || shape[2] * shape[3] <= 25) return { shape, values: errors };
  const size = elementCount(shape.slice(1));
  const image = Math.floor(worst / size);
  return { shape: shape.slice(1), values: errors.slice(image * size, (image + 1) * size), image };
}
