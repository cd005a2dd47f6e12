import { contentsOf, type Expected, valuesOf, wordsAs, wordsOf } from '@glassbox/experiments/kernels';
import type { Device, DeviceBuffer, Dispatch } from '@glassbox/tensor-core';
import { forEachElement, type Kernel } from '@glassbox/wgsl-kernels';
import type { Subject } from './subject.ts';

/** An element that a kernel got wrong, and how many others. */
export interface Wrong {
  /** The buffer's name. */
  readonly buffer: string;
  /** Its place: an index in each dimension, or the number of the word. */
  readonly index: readonly number[];
  readonly expected: number;
  readonly got: number;
  /** How many elements of the buffer are wrong, of how many. */
  readonly count: number;
  readonly of: number;
  /** True if it is padding, which must stay 0. */
  readonly padding: boolean;
}

/** Wrong by more than this share of the largest value, unless the twin says otherwise: as in the kernels' tests. */
const usualTolerance = 4e-6;

/** A subject's buffers on a device, with the same contents before each check. */
export class BoundExample {
  readonly #device: Device;
  readonly #subject: Subject;
  readonly #contents: ReturnType<typeof contentsOf>;
  readonly #buffers: ReadonlyMap<string, DeviceBuffer>;
  #expected: ReadonlyMap<string, Expected> | undefined;

  constructor(device: Device, subject: Subject) {
    this.#device = device;
    this.#subject = subject;
    const { example } = subject;
    this.#contents = contentsOf(example);
    const bound = [...(example.before ?? []), ...example.kernels, ...(example.after ?? [])];
    const names = new Set(bound.flatMap(({ bindings }) => bindings.map(({ name }) => name)));
    this.#buffers = new Map(
      [...names].map((name) => [name, device.createBuffer(4 * wordsOf(example.buffers[name]), name)]),
    );
  }

  /** The kernel over the buffers that its bindings name. */
  dispatch(kernel: Kernel): Dispatch {
    return {
      kernel: this.#device.prepare(kernel),
      views: kernel.bindings.map(({ name }) => {
        const buffer = this.#buffers.get(name)!;
        return { buffer, offset: 0, size: buffer.bytes };
      }),
    };
  }

  /** Runs the whole example with this kernel in the chosen place, and compares its results with the float64 twin's. */
  async check(kernel: Kernel): Promise<Wrong | undefined> {
    const { example, part } = this.#subject;
    for (const [name, buffer] of this.#buffers) this.#device.write(buffer, 0, this.#contents[name]);
    const kernels = example.kernels.map((one, n) => (n === part ? kernel : one));
    const all = [...(example.before ?? []), ...kernels, ...(example.after ?? [])];
    this.#device.submit(all.map((one) => this.dispatch(one)));
    for (const [name, expected] of this.#expectations()) {
      const wrong = await this.#compare(name, expected);
      if (wrong) return wrong;
    }
    return undefined;
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) this.#device.destroyBuffer(buffer);
  }

  #expectations(): ReadonlyMap<string, Expected> {
    const { buffers, oracle } = this.#subject.example;
    if (!this.#expected) {
      const values = Object.fromEntries(
        Object.entries(this.#contents).map(([name, words]) => [name, valuesOf(buffers[name], words)]),
      );
      this.#expected = new Map(
        Object.entries(oracle(values)).map(([name, found]) => [
          name,
          'length' in found ? { values: found } : found,
        ]),
      );
    }
    return this.#expected;
  }

  async #compare(
    name: string,
    { values, tolerance = usualTolerance, scale = 1e-6 }: Expected,
  ): Promise<Wrong | undefined> {
    const buffer = this.#subject.example.buffers[name];
    const bytes = await this.#device.read(this.#buffers.get(name)!, 0, 4 * wordsOf(buffer));
    const words = wordsAs(bytes, this.#typeOf(name));
    const got = valuesOf(buffer, words);
    const shape = 'words' in buffer ? [values.length] : buffer.shape;
    let largest = scale;
    for (let n = 0; n < values.length; n++) largest = Math.max(largest, Math.abs(values[n]));
    let [first, count] = [-1, 0];
    for (let n = 0; n < values.length; n++) {
      if (Math.abs(got[n] - values[n]) <= tolerance * largest) continue;
      if (first < 0) first = n;
      count++;
    }
    if (count > 0) {
      const index = indexIn(shape, first);
      const [expected, actual] = [values[first], got[first]];
      return { buffer: name, index, expected, got: actual, count, of: values.length, padding: false };
    }
    if ('words' in buffer) return undefined;
    const used = new Uint8Array(words.length);
    forEachElement(buffer, (_, at) => {
      used[at] = 1;
    });
    for (let at = 0; at < words.length; at++) {
      if (used[at] === 1 || words[at] === 0) continue;
      if (first < 0) first = at;
      count++;
    }
    if (count === 0) return undefined;
    return {
      buffer: name,
      index: [first],
      expected: 0,
      got: words[first],
      count,
      of: words.length,
      padding: true,
    };
  }

  #typeOf(name: string): string {
    const { kernels, before = [], after = [] } = this.#subject.example;
    const bindings = [...before, ...kernels, ...after].flatMap((kernel) => kernel.bindings);
    return bindings.find((binding) => binding.name === name)!.type;
  }
}

/** The place of the n-th element of a row-major array in each dimension. */
function indexIn(shape: readonly number[], n: number): number[] {
  const index: number[] = [];
  for (const size of shape.toReversed()) {
    index.unshift(n % size);
    n = Math.floor(n / size);
  }
  return index;
}

/** One sentence: which element, expected, got. */
export function wrongText({ buffer, index, expected, got, count, of, padding }: Wrong): string {
  const place = `${buffer}[${index.join(', ')}]`;
  if (padding) return `word ${index[0]} of ${buffer} is padding and must stay 0, but is ${got}`;
  const share = `${count.toLocaleString('en')} of ${of.toLocaleString('en')}`;
  return `${place} is ${got}, and ${expected} was expected; ${share} elements are wrong`;
}
