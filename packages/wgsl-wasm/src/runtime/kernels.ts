/** The kernels of a runtime: each text is compiled once, and every thread gets it. */
import type { CompiledKernel, CompileOptions } from '../compile.ts';
import { compileKernel, hasWholeCompiler, loadWholeCompiler } from './compiler.ts';
import type { Executor } from './executor.ts';
import { Kernel } from './kernel.ts';
import type { RaceDetector } from './race-detector.ts';
import type { Scratch } from './scratch.ts';
import type { Space } from './space.ts';
import type { Team } from './team.ts';
import type { Turns } from './turns.ts';
import type { KernelSource } from './types.ts';

/** What kernels are compiled with, and where they go. */
export interface KernelHost {
  readonly options: CompileOptions;
  readonly space: Space;
  readonly turns: Turns;
  readonly scratch: Scratch;
  readonly executor: Executor;
  readonly team: Team;
  readonly detector: RaceDetector | null;
  /** @throws if the runtime cannot be used any more */
  readonly requireAlive: () => void;
  readonly isDead: () => boolean;
  /** Ends the runtime. */
  readonly die: (error: Error) => void;
}

export class Kernels {
  /** Those that are compiled, by their numbers. */
  readonly compiled: Kernel[] = [];
  readonly #byText = new Map<string, Kernel>();
  readonly #host: KernelHost;

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /** `WasmRuntime.prepare`. */
  prepare(source: KernelSource): Kernel {
    const { wgsl, entryPoint, overrides } = source;
    const key = entryPoint || overrides ? JSON.stringify([wgsl, entryPoint, overrides]) : wgsl;
    const known = this.#byText.get(key);
    if (known) return known;
    this.#host.requireAlive();
    const kernel = new Kernel(source.name);
    if (!this.#compile(kernel, source)) this.#host.turns.take(() => this.#compileLate(kernel, source));
    this.#byText.set(key, kernel);
    return kernel;
  }

  /** @returns false if more of the compiler is needed, be it to say what is wrong */
  #compile(kernel: Kernel, { name, wgsl, entryPoint, overrides }: KernelSource): boolean {
    const { options, scratch, executor, team, detector } = this.#host;
    let compiled: CompiledKernel;
    try {
      compiled = compileKernel(wgsl, { ...options, entryPoint, overrides });
    } catch (error) {
      if (!hasWholeCompiler()) return false;
      throw new Error(`kernel '${name}': ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    const module = new WebAssembly.Module(compiled.wasm);
    scratch.reserve(compiled.scratchBytes);
    const tables = this.#placeTables(compiled.tables);
    const index = executor.load(module, detector?.importsOf(compiled));
    kernel.become({ compiled, index, tables });
    this.compiled.push(kernel);
    team.post(module);
    return true;
  }

  /** Compiles a kernel in its turn, after its parts of the compiler have come. */
  #compileLate(kernel: Kernel, source: KernelSource): void {
    const { turns, isDead, die } = this.#host;
    const compile = () => {
      const error = turns.nowOrFail(() => this.#compile(kernel, source));
      if (error) kernel.become(error);
    };
    if (hasWholeCompiler()) {
      compile();
      return;
    }
    turns.loading = true;
    loadWholeCompiler().then(
      () => {
        turns.loading = false;
        if (isDead()) return;
        compile();
        turns.goOn();
      },
      ({ message }: Error) =>
        die(new Error(`a part of the compiler could not be loaded (${message}); open a new runtime`)),
    );
  }

  /** Constants of a kernel, in memory for as long as the runtime lives. */
  #placeTables(tables: Uint8Array): number {
    if (tables.length === 0) return 0;
    const { space } = this.#host;
    const address = space.allocate(tables.length);
    space.bytes.set(tables, address);
    return address;
  }
}
