/** Writes a WebAssembly module: types, one imported memory, an optional imported table, functions (some of them imported) and exports. */
import type { Assembler } from './assembler.ts';
import { ByteWriter } from './bytes.ts';
import { VALUE_TYPE_CODES, type ValueType } from './opcodes.ts';

/** The largest memory of a 32-bit module: 65536 pages of 64 KiB, 4 GiB. */
export const MAXIMUM_PAGES = 65536;

interface FunctionEntry {
  readonly type: number;
  readonly code: ByteWriter;
  readonly exportName: string | null;
  readonly name: string;
}

/** A function of nothing but parameters that the module imports as `env.NAME`. */
export interface FunctionImport {
  readonly name: string;
  readonly parameters: readonly ValueType[];
}

export class ModuleBuilder {
  readonly #types: { key: string; parameters: ValueType[]; results: ValueType[] }[] = [];
  readonly #functions: FunctionEntry[] = [];
  readonly #sharedMemory: boolean;
  readonly #importTable: boolean;
  readonly #imported: readonly FunctionImport[];

  /**
   * The memory is imported as `env.memory`, the table of functions (if asked for) as `env.table`, functions by their
   * names: they have the first indices.
   */
  constructor(options: {
    sharedMemory: boolean;
    importTable?: boolean;
    importFunctions?: readonly FunctionImport[];
  }) {
    this.#sharedMemory = options.sharedMemory;
    this.#importTable = options.importTable ?? false;
    this.#imported = options.importFunctions ?? [];
  }

  /** The index of a function type; equal types share one. */
  type(parameters: ValueType[], results: ValueType[]): number {
    const key = `${parameters.join()}>${results.join()}`;
    const found = this.#types.findIndex((type) => type.key === key);
    if (found >= 0) return found;
    this.#types.push({ key, parameters, results });
    return this.#types.length - 1;
  }

  /** The index that the next function added will have. */
  get nextFunction(): number {
    return this.#imported.length + this.#functions.length;
  }

  /** Adds a function and returns its index. With `exportName`, it is also exported. */
  add(
    parameters: ValueType[],
    results: ValueType[],
    body: Assembler,
    name: string,
    exportName: string | null = null,
  ): number {
    const index = this.nextFunction;
    this.#functions.push({ type: this.type(parameters, results), code: body.finish(), exportName, name });
    return index;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    out.append(new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]));
    const section = (id: number, write: (body: ByteWriter) => void) => {
      const body = new ByteWriter();
      write(body);
      out.byte(id);
      out.sized(body);
    };
    const importTypes = this.#imported.map(({ parameters }) => this.type([...parameters], []));
    section(1, (body) => {
      body.u32(this.#types.length);
      for (const type of this.#types) {
        body.byte(0x60);
        for (const list of [type.parameters, type.results]) {
          body.u32(list.length);
          for (const value of list) body.byte(VALUE_TYPE_CODES[value]);
        }
      }
    });
    section(2, (body) => {
      body.u32((this.#importTable ? 2 : 1) + this.#imported.length);
      body.name('env');
      body.name('memory');
      body.byte(0x02);
      // Flags: 1 has a maximum, 2 shared (which needs the maximum).
      body.byte(this.#sharedMemory ? 0x03 : 0x01);
      body.u32(1);
      body.u32(MAXIMUM_PAGES);
      if (this.#importTable) {
        body.name('env');
        body.name('table');
        body.byte(0x01);
        body.byte(0x70);
        body.byte(0x00);
        body.u32(0);
      }
      this.#imported.forEach(({ name }, i) => {
        body.name('env');
        body.name(name);
        body.byte(0x00);
        body.u32(importTypes[i]);
      });
    });
    section(3, (body) => {
      body.u32(this.#functions.length);
      for (const entry of this.#functions) body.u32(entry.type);
    });
    section(7, (body) => {
      const exported = this.#functions
        .map((entry, i) => ({ entry, index: this.#imported.length + i }))
        .filter((f) => f.entry.exportName);
      body.u32(exported.length);
      for (const { entry, index } of exported) {
        body.name(entry.exportName!);
        body.byte(0x00);
        body.u32(index);
      }
    });
    section(10, (body) => {
      body.u32(this.#functions.length);
      for (const entry of this.#functions) body.sized(entry.code);
    });
    // Function names, so that stack traces and profilers show the kernel instead of `wasm-function[0]`.
    section(0, (body) => {
      body.name('name');
      const names = new ByteWriter();
      names.u32(this.#functions.length);
      this.#functions.forEach((entry, i) => {
        names.u32(this.#imported.length + i);
        names.name(entry.name);
      });
      body.byte(0x01);
      body.sized(names);
    });
    return out.finish();
  }
}
