/**
 * Constant arrays that are read at an index known only when the kernel runs: they lie in memory of the kernel, which
 * the runtime fills once. Its address is the fourth word of the block of arguments.
 */
import type { ConstantValue } from '../check/program.ts';
import { sizeOf, type Type } from '../check/types.ts';
import { rare } from '../rare.ts';
import { ARGUMENT_TABLES } from '../runtime/layout.ts';
import type { Context } from './context.ts';
import type { MemoryLocation } from './values.ts';

/** Tables are made of vectors, and vectors of three components are read as four. */
const ALIGNMENT = 16;

export class Tables {
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  readonly #byValue = new WeakMap<object, number>();
  readonly #byContent = new Map<string, number>();

  /** The offset of the table with this value. */
  offsetOf(type: Type, value: ConstantValue): number {
    const known = this.#byValue.get(value as object);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(Math.ceil(sizeOf(type) / ALIGNMENT) * ALIGNMENT);
    write(new DataView(bytes.buffer), 0, type, value);
    const content = new TextDecoder('latin1').decode(bytes);
    let offset = this.#byContent.get(content);
    if (offset === undefined) {
      offset = this.#size;
      this.#parts.push(bytes);
      this.#size += bytes.length;
      this.#byContent.set(content, offset);
    }
    this.#byValue.set(value as object, offset);
    return offset;
  }

  /** All tables, one after the other. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** As `storeTo` writes a value of the type; bool in vectors is all bits or none, and so it is alone. */
function write(view: DataView, at: number, type: Type, value: ConstantValue): void {
  const parts = value as readonly ConstantValue[];
  switch (type.kind) {
    case 'scalar':
      if (type.name === 'f16') view.setUint16(at, rare().halfBits(value as number), true);
      else if (type.name === 'f32') view.setFloat32(at, value as number, true);
      else view.setInt32(at, type.name === 'bool' ? -Number(value) : Number(value), true);
      return;
    case 'vector':
      parts.forEach((part, i) => {
        write(view, at + sizeOf(type.element) * i, type.element, part);
      });
      return;
    case 'array':
      parts.forEach((part, i) => {
        write(view, at + type.stride * i, type.element, part);
      });
      return;
    case 'struct':
      type.members.forEach((member, i) => {
        write(view, at + member.offset, member.type, parts[i]);
      });
      return;
    default:
      throw new Error(`internal: a constant of type ${type.kind}`);
  }
}

/** The constant in memory. */
export function tableOf(context: Context, type: Type, value: ConstantValue): MemoryLocation {
  const { b } = context;
  return {
    kind: 'memory',
    type,
    name: null,
    base: b.load('i32.load', context.arguments, ARGUMENT_TABLES, { constant: true, safe: true }),
    bytes: null,
    offset: context.tables.offsetOf(type, value),
    constant: true,
    byteLength: null,
    shared: false,
  };
}
