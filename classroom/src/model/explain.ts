/** Where one number of a lesson comes from. */

import type { DeviceBuffer } from '@glassbox/tensor-core';
import { rowMajor } from '@glassbox/wgsl-kernels';
import { ExpressionBuilder, productsOf } from './expression.ts';
import type { Lesson } from './lesson.ts';
import { floatOf } from './nodes.ts';
import { wordOf } from './step-tensors.ts';
import type { Explanation, Expression, Place } from './types.ts';

/** A number between two tensors that took more than so many terms is shown by its name, and can be explained itself. */
const mostTerms = 64;
/** Sums of parts of one sum are shown in it, however long they are. */
const partOfSum = /^partials?$/;
/** What has a meaning of its own is shown by its name, however short it is: the mean and deviation of batch norm. */
const ownMeaning = /^statistics$/;

/**
 * Where one number of a lesson comes from: what the running net's kernels did to compute it, in their order. The
 * kernels that computed it run again, one instruction after the other, on the operands that they had; each number is
 * followed to the tensors of the step that it was computed from.
 * @throws RangeError if there is no such element.
 */
export async function explain(lesson: Lesson, place: Place): Promise<Explanation> {
  return new Explainer(lesson, place).explain();
}

class Explainer {
  readonly #lesson: Lesson;
  readonly #place: Place;
  readonly #kernels = new Set<string>();

  constructor(lesson: Lesson, place: Place) {
    this.#lesson = lesson;
    this.#place = place;
  }

  async explain(): Promise<Explanation> {
    const { layer, what, index } = this.#place;
    const expression = what.endsWith('Change')
      ? await this.#change()
      : await this.#computed(layer, what, index);
    let products: Explanation['products'] | undefined;
    return {
      place: this.#place,
      value: expression.value,
      expression,
      kernels: [...this.#kernels],
      // There may be 100,000 of them, and not everybody asks.
      get products() {
        products ??= productsOf(expression);
        return products;
      },
    };
  }

  /** What an update added. */
  async #change(): Promise<Expression> {
    const { layer, what, index } = this.#place;
    const value = (kind: string) => {
      const known = this.#lesson.tensors.find(layer, kind);
      if (!known) throw this.#lesson.missing(layer, what);
      const byte = known.offset + 4 * wordOf(known.layout, index);
      return floatOf(
        this.#lesson.device.contentOf({ buffer: known.buffer, offset: byte, size: 4 }, known.moment)[0],
      );
    };
    const own = what.replace(/Change$/, '');
    const args = [`${own}After`, own].map((kind) => ({
      kind: 'element' as const,
      value: value(kind),
      place: { layer, what: kind, index },
    }));
    const [after, before] = args;
    return { kind: 'operation', name: 'subtract', value: Math.fround(after.value - before.value), args };
  }

  async #computed(layer: string, what: string, index: readonly number[]): Promise<Expression> {
    const known = this.#lesson.tensors.find(layer, what);
    if (!known) throw this.#lesson.missing(layer, what);
    const byte = known.offset + 4 * wordOf(known.layout, index);
    if (known.dtype === 'f32') {
      const expression = await this.#origin(known.buffer, byte, known.moment);
      if (expression) return expression;
    }
    const [bits] = this.#lesson.device.contentOf(
      { buffer: known.buffer, offset: byte, size: 4 },
      known.moment,
    );
    return { kind: 'element', value: known.dtype === 'f32' ? floatOf(bits) : bits >>> 0, place: this.#place };
  }

  /** How the word came to be what it was just before a moment; undefined if no kernel of the step wrote it. */
  async #origin(buffer: DeviceBuffer, byte: number, moment: number): Promise<Expression | undefined> {
    const version = this.#lesson.device.versionOf(buffer, byte, moment);
    if (!version || version.writer < 0) return undefined;
    const run = await this.#lesson.run(version.writer);
    const { kernel, views } = run.dispatch;
    const binding = views.findIndex(
      (view, place) =>
        kernel.bindings[place].access !== 'read' &&
        view.buffer === buffer &&
        byte >= view.offset &&
        byte < view.offset + view.size,
    );
    const found = run.traceOf(binding, (byte - views[binding].offset) / 4);
    // The kernel was given it and left it alone.
    if (!found) return this.#origin(buffer, byte, run.dispatch.moment);
    const { trace, node } = found;
    const bits = version.words[(byte - version.offset) / 4];
    if (
      trace.nodes.bits[node] !== bits &&
      !(Number.isNaN(floatOf(bits)) && Number.isNaN(floatOf(trace.nodes.bits[node])))
    ) {
      throw new Error(
        `explain: ${kernel.name} computed ${floatOf(bits)}, and run again ${floatOf(trace.nodes.bits[node])}`,
      );
    }
    this.#kernels.add(kernel.name);
    const builder = new ExpressionBuilder(trace, (at) => {
      const { binding, word } = run.operandAt(at);
      const view = run.dispatch.views[binding];
      return this.#read(
        view.buffer,
        view.offset + 4 * word,
        run.dispatch.moment,
        kernel.bindings[binding].name,
      );
    });
    return builder.expression(node);
  }

  /** A word that a kernel read: an element of a tensor, or what made it. */
  async #read(buffer: DeviceBuffer, byte: number, moment: number, name: string): Promise<Expression> {
    const { device, tensors } = this.#lesson;
    const version = device.versionOf(buffer, byte, moment);
    const value = version ? floatOf(version.words[(byte - version.offset) / 4]) : 0;
    const place = version && tensors.at(version, buffer, byte, this.#place.layer);
    if (place === 'padding') return { kind: 'constant', value, name: 'padding' };
    if (place) {
      const whole = tensors.find(place.layer, place.what)!.dtype !== 'f32';
      return {
        kind: 'element',
        value: whole ? version.words[(byte - version.offset) / 4] >>> 0 : value,
        place,
      };
    }
    const named = version && tensors.between(version, buffer, byte);
    if (named && ownMeaning.test(name)) return { kind: 'element', value, place: named };
    const expression = await this.#origin(buffer, byte, moment);
    if (!expression) return { kind: 'constant', value, name };
    const size = sizeOf(expression);
    const shown = ownMeaning.test(name) ? size === 1 : size <= mostTerms || partOfSum.test(name);
    if (shown) return expression;
    return { kind: 'element', value, place: named ?? this.#between(buffer, byte, moment, name) };
  }

  /** Names what lies between two tensors of the step, such as the mean of batch norm. */
  #between(buffer: DeviceBuffer, byte: number, moment: number, name: string): Place {
    const { device, tensors } = this.#lesson;
    const version = device.versionOf(buffer, byte, moment)!;
    const layer = tensors.layerOf(version) ?? this.#place.layer;
    const taken = tensors.kinds(layer);
    let what = name;
    for (let count = 2; taken.includes(what); count++) what = `${name} ${count}`;
    const words = version.words.length;
    tensors.addKnown({
      layer,
      what,
      layout: rowMajor([words]),
      dtype: 'f32',
      buffer,
      offset: version.offset,
      bytes: words * 4,
      moment,
      between: true,
    });
    return { layer, what, index: [(byte - version.offset) / 4] };
  }
}

/** How many terms and operations an expression has, as far as they are counted. */
function sizeOf(expression: Expression): number {
  let count = 0;
  const stack: Expression[] = [expression];
  for (let part = stack.pop(); part && count <= mostTerms; part = stack.pop()) {
    count++;
    if (part.kind === 'sum') {
      stack.push(part.start);
      for (const { factors } of part.terms) stack.push(...factors);
    } else if (part.kind === 'operation') stack.push(...part.args);
  }
  return count;
}
