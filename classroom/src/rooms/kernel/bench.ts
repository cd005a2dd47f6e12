/** Runs the kernels of a unit on the `wasm` device, over buffers of their own. */
import {
  openWasmRuntime,
  type RuntimeBuffer,
  type RuntimeDispatch,
  type RuntimeKernel,
  type WasmRuntime,
} from '@glassbox/wgsl-wasm';
import type { Operands } from './operands.ts';
import type { Unit } from './step.ts';
import { TextError } from './text-error.ts';

/** Operations in loops that an invocation may take: far more than any kernel of the page's nets does. */
export const operationLimit = 2 ** 30;
/** A runtime keeps all that it compiled: after so many texts there is a new one. */
const mostTexts = 100;
/** What a buffer holds that a kernel has to fill: recycled memory is never empty. */
const rubbish = 77;

/** A runtime with buffers for a unit. */
export class Bench {
  readonly #runtime: WasmRuntime;
  readonly #unit: Unit;
  readonly #buffers = new Map<string, RuntimeBuffer>();
  #texts = 0;

  private constructor(runtime: WasmRuntime, unit: Unit) {
    this.#runtime = runtime;
    this.#unit = unit;
    for (const [name, { words, tail }] of unit.buffers) {
      this.#buffers.set(name, runtime.createBuffer((words + tail) * 4, name));
    }
  }

  /** It checks every access: without that a kernel could write anywhere in the memory. */
  static async open(unit: Unit): Promise<Bench> {
    return new Bench(await openWasmRuntime({ threads: 1, debug: true, operationLimit }), unit);
  }

  get usable(): boolean {
    return !this.#runtime.lost && this.#texts < mostTexts;
  }

  close(): Promise<void> {
    return this.#runtime.destroy();
  }

  /** The unit's dispatches, with `text` in place of `original`. @throws TextError for a text that cannot run. */
  prepare(original: string, text: string): RuntimeDispatch[] {
    this.#texts++;
    return this.#unit.kernels.map(({ kernel, names }) => {
      const wgsl = kernel.wgsl === original ? text : kernel.wgsl;
      let prepared: RuntimeKernel;
      try {
        prepared = this.#runtime.prepare({ name: kernel.name, wgsl });
      } catch (error) {
        throw new TextError(text, error as Error);
      }
      const buffers = prepared.compiled.bindings.map(({ group, binding, name }) => {
        const buffer = group === 0 ? this.#buffers.get(names[binding]) : undefined;
        if (!buffer) {
          const known = names.map((each, at) => `${at} ${each}`).join(', ');
          throw new TextError(
            text,
            new Error(`@group(${group}) @binding(${binding}) ${name}: bindings are ${known}`),
          );
        }
        return { buffer, offset: 0, size: buffer.bytes };
      });
      return { kernel: prepared, buffers, workgroups: kernel.workgroups };
    });
  }

  async run(
    list: readonly RuntimeDispatch[],
    { buffers, content }: Operands,
    outputs: readonly string[],
  ): Promise<ReadonlyMap<string, Int32Array>> {
    const { inPlace = [] } = this.#unit.row;
    for (const [name, buffer] of this.#buffers) {
      const { words, tail } = buffers.get(name)!;
      const written = this.#unit.kernels.some(({ kernel }) =>
        kernel.bindings.some((each) => each.name === name && each.access !== 'read'),
      );
      let data = content.get(name)!;
      if (written && !inPlace.includes(name)) {
        const fill = new Float32Array(words + tail).fill(name === 'faults' ? 0 : rubbish, 0, words);
        data = new Int32Array(fill.buffer);
      }
      this.#runtime.write(buffer, 0, data);
    }
    this.#runtime.submit(list);
    await this.#runtime.synchronize();
    const results = new Map<string, Int32Array>();
    for (const name of outputs) {
      const buffer = this.#buffers.get(name)!;
      results.set(name, new Int32Array(await this.#runtime.read(buffer, 0, buffer.bytes)));
    }
    return results;
  }
}
