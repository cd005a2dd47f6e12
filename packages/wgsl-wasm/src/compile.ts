/** From WGSL text to a WebAssembly module: parse, check, lower, encode. */
import { anything, checkOptions, flag, type OptionTable, positive, text } from '@glassbox/options';
import { checkProgram } from './check/check.ts';
import type { Variable } from './check/program.ts';
import { type AccessMode, roundUp, sizeOf, type Type } from './check/types.ts';
import { UnsupportedError } from './lower/context.ts';
import { lowerKernel } from './lower/kernel.ts';
import { OPERATION_LIMIT } from './lower/limits.ts';
import { rare } from './rare.ts';
import { features } from './runtime/features.ts';
import { lineAndColumn, markedLine } from './syntax/diagnostics.ts';

/** Which entry point is compiled, with which constants, checks and instructions. */
export interface CompileOptions {
  /** Trap on accesses out of bounds, noting which. Slower. */
  readonly debug?: boolean;
  /** Call imported functions with each access that may be a data race: see `accesses`. Much slower. Default false. */
  readonly races?: boolean;
  /**
   * Keep accesses out of bounds inside of what they access: reads give an element of it, writes are dropped. What is
   * seen to be in bounds costs nothing. `debug` goes before. Default false.
   */
  readonly robust?: boolean;
  /** Use the relaxed multiply-add; default: where the engine has it. */
  readonly relaxedSimd?: boolean;
  /** Values of `override` constants, by `@id` in decimal or by name. */
  readonly overrides?: Record<string, number>;
  /** Which entry point; needed only if there are several. */
  readonly entryPoint?: string;
  /** For memory that threads share; default false. */
  readonly sharedMemory?: boolean;
  /**
   * Operations that an invocation may take in its loops (a workgroup, if there are barriers), roughly counted. A
   * kernel that takes more traps: it is taken to run for ever. Default 2^34: between half a second and some twenty.
   */
  readonly operationLimit?: number;
}

const optionNames: OptionTable<CompileOptions> = {
  debug: flag,
  races: flag,
  robust: flag,
  relaxedSimd: flag,
  overrides: anything,
  entryPoint: text,
  sharedMemory: flag,
  operationLimit: positive,
};

/** What a texture that a kernel takes has to be. */
export interface CompiledTexture {
  /** As `texture_storage_2d` or `texture_2d`. */
  readonly name: string;
  /** The texel format of a storage texture; what another one is read as, as `f32`. */
  readonly format: string;
}

/**
 * A buffer that a compiled kernel takes. The bytes of an immediate variable are passed as one, too, and what describes
 * a texture (`describeTexture`).
 */
export interface CompiledBinding {
  /** The number after `@group`; -1 for an immediate variable. */
  readonly group: number;
  /** The number after `@binding`; -1 for an immediate variable. */
  readonly binding: number;
  /** The variable's name in the text. */
  readonly name: string;
  /** Whether it is a storage buffer, a uniform one, an immediate variable, or a texture. */
  readonly addressSpace: 'storage' | 'uniform' | 'immediate' | 'handle';
  /** Whether the kernel reads it, writes to it, or both. */
  readonly access: AccessMode;
  /**
   * The fewest bytes that may be bound: the size of its type, with one element where the number of elements is open;
   * of a runtime-sized `buffer` that of the largest type it is viewed as.
   */
  readonly minimumBytes: number;
  /** Of a texture; else null. */
  readonly texture: CompiledTexture | null;
  /** Of an immediate variable: which of its words of 4 bytes hold values, and do not only fill it up. Else null. */
  readonly words: readonly number[] | null;
}

/** An entry point as WebAssembly, and what its caller has to know. */
export interface CompiledKernel {
  /** The name of its function in the text. */
  readonly entryPoint: string;
  /** Invocations of a workgroup in x, y and z. */
  readonly workgroupSize: readonly [number, number, number];
  /** In the order in which buffers are passed: an immediate variable, then by group and binding. Only used ones. */
  readonly bindings: readonly CompiledBinding[];
  /** A module that imports `env.memory` and exports `run(arguments, firstWorkgroup, endWorkgroup, scratch)`. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Constants that it reads from memory: the address of a copy of them is the fourth word of the arguments. */
  readonly tables: Uint8Array;
  /** Bytes of scratch memory that a thread needs. */
  readonly scratchBytes: number;
  /** Bytes of its workgroup variables, each a multiple of 16, as WebGPU counts them. */
  readonly workgroupBytes: number;
  /** Operations after unrolling and inlining: a hint at the cost of an invocation. */
  readonly size: number;
  /** Whether its workgroups have barriers. */
  readonly hasBarrier: boolean;
  /** As in the options. */
  readonly operationLimit: number;
  /** Whether a loop is left in it: its cost is then more than `size`. */
  readonly hasLoops: boolean;
  /**
   * What can trap: in debug mode each index and each view of a buffer, with the name of what is indexed or viewed;
   * loops that may run for ever.
   */
  readonly checks: readonly (CodePlace & {
    readonly kind: 'index' | 'view' | 'loop';
    readonly name: string;
    /** Which of the `bindings` that is; -1 if it is none of them. */
    readonly buffer: number;
  })[];
  /** With `races`: what `env.access` is called with the numbers of. */
  readonly accesses: readonly CompiledAccess[];
}

/** A place in the text. */
export interface CodePlace {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** The line of the text, and a caret under the place. */
  readonly marked: string;
}

/** An access of the text to a storage or workgroup variable that is not atomic. */
export interface CompiledAccess extends CodePlace {
  /** The variable's name. */
  readonly name: string;
  /** Its type. */
  readonly type: Type;
  /** Which of the `bindings` it is; -1 for a workgroup variable. */
  readonly buffer: number;
  /** Of a workgroup variable: where it is in scratch memory. */
  readonly scratchOffset: number;
  /** Bytes that are read or written. */
  readonly bytes: number;
  /** Whether it writes. */
  readonly writes: boolean;
}

function placeAt(wgsl: string, pos: number): CodePlace {
  const { line, column } = lineAndColumn(wgsl, pos);
  return { line, column, marked: markedLine(wgsl, { offset: pos, length: 1, column }) };
}

/** What is indexed at this place of the text, where it is no variable: a value, by the name it begins with. */
const nameAt = (wgsl: string, pos: number): string =>
  /^[\p{L}_][\p{L}\p{N}_]*/u.exec(wgsl.slice(pos, pos + 200))?.[0] ?? 'a value';

/**
 * `compileKernel` of `complete.ts`.
 * @throws RarePartsMissing if it needs some of them and they are not loaded
 * @internal
 */
export function compileKernel(wgsl: string, options: CompileOptions = {}): CompiledKernel {
  return compile(wgsl, options);
}

/**
 * `compileKernel`; `positions` gets the place in the text that each instruction comes from, -1 where there is none.
 * @internal
 */
export function compile(wgsl: string, options: CompileOptions, positions?: number[]): CompiledKernel {
  checkOptions('compileKernel', options, optionNames);
  const { overrides, entryPoint } = options;
  const program = checkProgram(wgsl, { overrides, entryPoint });
  const [entry] = program.entryPoints;
  if (!entry || program.entryPoints.length > 1) {
    const all = entryPoint === undefined ? program : checkProgram(wgsl, { overrides });
    const names = all.entryPoints.map(({ name }) => name);
    throw new Error(
      names.length === 0
        ? 'the module has no @compute entry point'
        : `the module has the entry points ${names.join(', ')}; name one of them in options.entryPoint`,
    );
  }
  const bufferOf = (variable: Variable | null) =>
    entry.bindings.findIndex((binding) => binding.variable === variable);
  try {
    const lowered = lowerKernel(entry, {
      debug: options.debug ?? false,
      races: options.races ?? false,
      robust: options.robust ?? false,
      relaxed: options.relaxedSimd ?? features().relaxedSimd,
      sharedMemory: options.sharedMemory ?? false,
      operationLimit: options.operationLimit,
      positions,
    });
    return {
      entryPoint: entry.name,
      workgroupSize: entry.workgroupSize,
      bindings: entry.bindings.map(
        ({ group, binding, name, addressSpace, access, storeType, minimumBytes }) => ({
          group,
          binding,
          name,
          addressSpace,
          ...(storeType.kind === 'texture'
            ? rare().compiledTexture(storeType)
            : { access, minimumBytes, texture: null }),
          words: addressSpace === 'immediate' ? rare().accessibleWords(storeType) : null,
        }),
      ),
      wasm: lowered.wasm,
      tables: lowered.tables,
      scratchBytes: lowered.scratchBytes,
      workgroupBytes: entry.workgroupVariables.reduce((sum, v) => sum + roundUp(16, sizeOf(v.storeType)), 0),
      size: lowered.size,
      hasBarrier: entry.hasBarrier,
      operationLimit: options.operationLimit ?? OPERATION_LIMIT,
      hasLoops: lowered.hasLoops,
      checks: lowered.checks.map(({ kind, name, variable, pos }) => ({
        kind,
        name: name ?? nameAt(wgsl, pos),
        buffer: bufferOf(variable),
        ...placeAt(wgsl, pos),
      })),
      accesses: (lowered.accesses ?? []).map(({ variable, pos, ...access }) => ({
        ...access,
        name: variable.name,
        type: variable.storeType,
        buffer: bufferOf(variable),
        ...placeAt(wgsl, pos),
      })),
    };
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    const { line, column } = lineAndColumn(wgsl, error.pos);
    throw new Error(`${line}:${column}: ${error.message}`);
  }
}
