/** Reads the one function of a compiled kernel: its instructions, with the places where blocks begin and end. */
import { type Opcode, opcodeOf, type ValueType } from '@glassbox/wgsl-wasm/opcodes';

export interface Instruction {
  readonly op: Opcode;
  /** Index, offset, lane or constant (f32: its bits); 0 where the instruction has none. */
  readonly imm: number;
  /** Lanes of a shuffle or a constant vector, as four words; of a memory operand with a lane, that lane. */
  readonly lanes: Int32Array | undefined;
  /** Of `block`, `loop` and `if`: where it ends. Of `if` also where `else` stands, if there is one. */
  end: number;
  otherwise: number;
  /** For whoever runs it: what it computes. */
  arithmetic: unknown;
}

export interface WasmFunction {
  readonly code: readonly Instruction[];
  /** Locals, parameters included. */
  readonly locals: number;
}

const typeCodes: Readonly<Record<number, ValueType>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
};

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
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

  i32(): number {
    let result = 0;
    for (let shift = 0; ; ) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) return shift < 32 && byte & 0x40 ? result | (-1 << shift) : result;
    }
  }

  words(count: number): Int32Array {
    const bytes = this.#bytes.slice(this.at, this.at + count * 4);
    this.at += count * 4;
    return new Int32Array(bytes.buffer);
  }
}

/** The function `run` of a module that `compileKernel` made. */
export function readKernel(wasm: Uint8Array): WasmFunction {
  const r = new Reader(wasm, 8);
  while (r.at < wasm.length) {
    const id = r.byte();
    const end = r.u32() + r.at;
    if (id === 10) {
      r.u32(); // one function
      r.u32(); // its length in bytes
      return readFunction(r);
    }
    r.at = end;
  }
  throw new Error('readKernel: the module has no function');
}

function readFunction(r: Reader): WasmFunction {
  let locals = 4;
  for (let runs = r.u32(); runs > 0; runs--) {
    locals += r.u32();
    if (!typeCodes[r.byte()]) throw new Error('readKernel: a local of an unknown type');
  }
  const code: Instruction[] = [];
  const open: Instruction[] = [];
  for (;;) {
    const first = r.byte();
    const prefixed = first >= 0xfc;
    const op = opcodeOf(prefixed ? first : 0, prefixed ? r.u32() : first);
    if (!op) throw new Error(`readKernel: unknown instruction ${first} at byte ${r.at - 1}`);
    const instruction: Instruction = {
      op,
      ...immediate(r, op),
      end: -1,
      otherwise: -1,
      arithmetic: undefined,
    };
    code.push(instruction);
    if (op.immediate === 'block') open.push(instruction);
    else if (op.name === 'else') {
      open.at(-1)!.otherwise = code.length - 1;
    } else if (op.name === 'end') {
      const block = open.pop();
      if (!block) return { code, locals };
      block.end = code.length - 1;
      // Who arrives at `else` has done the first branch.
      if (block.otherwise >= 0) code[block.otherwise].end = code.length - 1;
    }
  }
}

function immediate(r: Reader, op: Opcode): Pick<Instruction, 'imm' | 'lanes'> {
  switch (op.immediate) {
    case 'none':
      return { imm: 0, lanes: undefined };
    case 'index':
      return { imm: r.u32(), lanes: undefined };
    case 'memory':
      r.u32();
      return { imm: r.u32(), lanes: undefined };
    case 'memoryLane': {
      r.u32();
      const imm = r.u32();
      return { imm, lanes: Int32Array.of(r.byte()) };
    }
    case 'lane':
      return { imm: r.byte(), lanes: undefined };
    case 'block':
      return { imm: r.byte() === 0x40 ? 0 : 1, lanes: undefined };
    case 'i32':
      return { imm: r.i32(), lanes: undefined };
    case 'f32':
      return { imm: r.words(1)[0], lanes: undefined };
    case 'v128':
      return { imm: 0, lanes: r.words(4) };
    case 'lanes16': {
      // Every shuffle of the compiler moves whole lanes.
      const bytes = r.words(4);
      return { imm: 0, lanes: bytes.map((word) => (word & 31) >> 2) };
    }
    case 'fill':
    case 'zero':
      r.byte();
      return { imm: 0, lanes: undefined };
    default:
      throw new Error(`readKernel: no kernel has the instruction ${op.name}`);
  }
}
