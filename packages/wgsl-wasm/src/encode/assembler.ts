/** Writes the body of one WebAssembly function: locals and instructions, straight to bytes. */
import { ByteWriter } from './bytes.ts';
import { type Opcode, opcode, VALUE_TYPE_CODES, type ValueType } from './opcodes.ts';

export class Assembler {
  readonly #code = new ByteWriter();
  readonly #locals: ValueType[] = [];
  readonly #parameterCount: number;
  /** The place in the source that instructions written from now on come from. */
  pos = -1;
  /** Gets that place of each instruction, where somebody asks for it. */
  positions: number[] | undefined;

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount;
  }

  /** Declares a local variable and returns its index. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#parameterCount + this.#locals.length - 1;
  }

  get localCount(): number {
    return this.#locals.length;
  }

  #start(name: string): Opcode {
    const op = opcode(name);
    this.positions?.push(this.pos);
    if (op.prefix) {
      this.#code.byte(op.prefix);
      this.#code.u32(op.code);
    } else {
      this.#code.byte(op.code);
    }
    return op;
  }

  /** An instruction without an immediate. */
  op(name: string): this {
    const { immediate } = this.#start(name);
    if (immediate === 'zero' || immediate === 'fill') this.#code.byte(0);
    if (immediate === 'copy') this.#code.append(new Uint8Array(2));
    return this;
  }

  /** `local.get`, `br`, `call` and the like. */
  index(name: string, index: number): this {
    this.#start(name);
    this.#code.u32(index);
    return this;
  }

  get(local: number): this {
    return this.index('local.get', local);
  }

  set(local: number): this {
    return this.index('local.set', local);
  }

  tee(local: number): this {
    return this.index('local.tee', local);
  }

  i32(value: number): this {
    this.#start('i32.const');
    this.#code.i32(value);
    return this;
  }

  i64(value: bigint): this {
    this.#start('i64.const');
    this.#code.i64(value);
    return this;
  }

  f32(value: number): this {
    this.#start('f32.const');
    this.#code.f32(value);
    return this;
  }

  /** A float constant by its bits: keeps signed zeros and NaN payloads. */
  f32Bits(bits: number): this {
    this.#start('f32.const');
    this.#code.append(new Uint8Array(new Int32Array([bits]).buffer));
    return this;
  }

  v128(bytes: Uint8Array): this {
    this.#start('v128.const');
    this.#code.append(bytes);
    return this;
  }

  /** A load, store or atomic with its natural alignment, or with a smaller one (as log2). */
  memory(name: string, offset: number, align = -1): this {
    const natural = this.#start(name).align;
    this.#code.u32(align < 0 ? natural : align);
    this.#code.u32(offset);
    return this;
  }

  memoryLane(name: string, offset: number, lane: number, align = -1): this {
    this.memory(name, offset, align);
    this.#code.byte(lane);
    return this;
  }

  lane(name: string, lane: number): this {
    this.#start(name);
    this.#code.byte(lane);
    return this;
  }

  shuffle(lanes: Uint8Array): this {
    this.#start('i8x16.shuffle');
    this.#code.append(lanes);
    return this;
  }

  /** `block`, `loop` or `if` without parameters; with a result type if one is given. */
  open(name: 'block' | 'loop' | 'if', result: ValueType | null = null): this {
    this.#start(name);
    this.#code.byte(result ? VALUE_TYPE_CODES[result] : 0x40);
    return this;
  }

  end(): this {
    return this.op('end');
  }

  /** `br_table`: jumps to `targets[index]`, or to `otherwise` beyond them. */
  branchTable(targets: readonly number[], otherwise: number): this {
    this.#start('br_table');
    this.#code.u32(targets.length);
    for (const target of targets) this.#code.u32(target);
    this.#code.u32(otherwise);
    return this;
  }

  callIndirect(type: number, table = 0): this {
    this.#start('call_indirect');
    this.#code.u32(type);
    this.#code.u32(table);
    return this;
  }

  /** The code entry: size, locals in runs of one type, instructions, `end`. */
  finish(): ByteWriter {
    const entry = new ByteWriter();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    entry.u32(runs.length);
    for (const run of runs) {
      entry.u32(run.count);
      entry.byte(VALUE_TYPE_CODES[run.type]);
    }
    this.op('end');
    entry.append(this.#code.finish());
    return entry;
  }
}
