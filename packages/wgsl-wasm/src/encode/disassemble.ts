/** WebAssembly text of the modules that this package writes: enough of the format to read them back. */
import { type Opcode, opcodeOf } from './opcodes.ts';

const TYPE_NAMES: Record<number, string> = { 127: 'i32', 126: 'i64', 125: 'f32', 124: 'f64', 123: 'v128' };

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++];
  }

  u32(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
    }
  }

  signed(): bigint {
    let result = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.byte();
      result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return byte & 0x40 ? result - (1n << shift) : result;
    }
  }

  f32(): number {
    this.at += 4;
    return this.#view.getFloat32(this.at - 4, true);
  }

  f64(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  take(count: number): number[] {
    this.at += count;
    return [...this.#bytes.subarray(this.at - count, this.at)];
  }

  name(): string {
    return new TextDecoder().decode(Uint8Array.from(this.take(this.u32())));
  }
}

function hex(word: number): string {
  return `0x${(word >>> 0).toString(16).padStart(8, '0')}`;
}

function vectorConstant(bytes: number[]): string {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const words = [0, 4, 8, 12].map((at) => hex(view.getInt32(at, true)));
  const floats = [0, 4, 8, 12].map((at) => view.getFloat32(at, true));
  return `i32x4 ${words.join(' ')} (; ${floats.join(' ')} ;)`;
}

function immediates(r: Reader, op: Opcode): string {
  const memory = () => {
    const align = r.u32();
    const offset = r.u32();
    return `${offset ? ` offset=${offset}` : ''}${align === op.align ? '' : ` align=${2 ** align}`}`;
  };
  switch (op.immediate) {
    case 'index':
      return ` ${r.u32()}`;
    case 'memory':
      return memory();
    case 'memoryLane': {
      const text = memory();
      return `${text} ${r.byte()}`;
    }
    case 'lane':
      return ` ${r.byte()}`;
    case 'lanes16':
      return ` ${r.take(16).join(' ')}`;
    case 'i32':
    case 'i64':
      return ` ${r.signed()}`;
    case 'f32':
      return ` ${r.f32()}`;
    case 'f64':
      return ` ${r.f64()}`;
    case 'v128':
      return ` ${vectorConstant(r.take(16))}`;
    case 'block': {
      const type = r.byte();
      return type === 0x40 ? '' : ` (result ${TYPE_NAMES[type]})`;
    }
    case 'callIndirect': {
      const type = r.u32();
      r.u32();
      return ` (type ${type})`;
    }
    case 'branchTable': {
      const targets = Array.from({ length: r.u32() + 1 }, () => r.u32());
      return ` ${targets.join(' ')}`;
    }
    case 'fill':
    case 'zero':
      r.byte();
      return '';
    case 'copy':
      r.byte();
      r.byte();
      return '';
    default:
      return '';
  }
}

function functionText(bytes: Uint8Array, start: number, end: number, header: string): string[] {
  const r = new Reader(bytes, start);
  const lines = [`  (func ${header}`];
  const runs = r.u32();
  for (let i = 0; i < runs; i++) {
    const count = r.u32();
    const type = TYPE_NAMES[r.byte()];
    lines.push(`    (local${` ${type}`.repeat(count)})`);
  }
  let depth = 2;
  while (r.at < end) {
    const first = r.byte();
    const prefixed = first >= 0xfc;
    const op = opcodeOf(prefixed ? first : 0, prefixed ? r.u32() : first);
    if (!op) throw new Error(`internal: unknown instruction ${first} at byte ${r.at - 1}`);
    if (op.name === 'end' || op.name === 'else') depth--;
    if (op.name === 'end' && depth < 2) break;
    lines.push(`${'  '.repeat(depth)}${op.name}${immediates(r, op)}`);
    if (op.name === 'else' || op.immediate === 'block') depth++;
  }
  lines.push('  )');
  return lines;
}

/** The module as text, functions with their export names. */
export function disassemble(wasm: Uint8Array): string {
  const types: string[] = [];
  const functionTypes: number[] = [];
  const exports = new Map<number, string>();
  const lines: string[] = ['(module'];
  const r = new Reader(wasm, 8);
  while (r.at < wasm.length) {
    const id = r.byte();
    const end = r.u32() + r.at;
    const count = id === 0 ? 0 : r.u32();
    for (let i = 0; i < count; i++) {
      if (id === 1) types.push(functionType(r));
      else if (id === 2) lines.push(importText(r));
      else if (id === 3) functionTypes.push(r.u32());
      else if (id === 7) {
        const name = r.name();
        r.byte();
        exports.set(r.u32(), name);
      } else if (id === 10) {
        const bodyEnd = r.u32() + r.at;
        const name = exports.get(i);
        const header = `${name ? `(export "${name}") ` : ''}${types[functionTypes[i]]}`;
        lines.push(...functionText(wasm, r.at, bodyEnd, header));
        r.at = bodyEnd;
      }
    }
    r.at = end;
  }
  return [...lines, ')', ''].join('\n');
}

function functionType(r: Reader): string {
  r.byte();
  const list = () => Array.from({ length: r.u32() }, () => TYPE_NAMES[r.byte()]).join(' ');
  const parameters = list();
  const results = list();
  return [parameters && `(param ${parameters})`, results && `(result ${results})`].filter(Boolean).join(' ');
}

function importText(r: Reader): string {
  const name = `"${r.name()}" "${r.name()}"`;
  if (r.byte() === 2) {
    const flags = r.byte();
    const minimum = r.u32();
    return `  (import ${name} (memory ${minimum} ${r.u32()}${flags & 2 ? ' shared' : ''}))`;
  }
  r.byte();
  r.byte();
  return `  (import ${name} (table ${r.u32()} funcref))`;
}
