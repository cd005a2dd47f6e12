/** Opens a runtime with the threads and the vectors that the machine has. */
import { checkOptions, flag, type OptionTable, positive, text, whole } from '@glassbox/options';
import { loadWholeCompiler } from './compiler.ts';
import { features } from './features.ts';
import { MAXIMUM_THREADS } from './layout.ts';
import { coreCount, isNode, opensWithWorkers } from './platform.ts';
import { WasmRuntime } from './runtime.ts';
import { secondCompiler } from './second-compiler.ts';

/** Threads, checks and limits of a runtime. */
export interface WasmRuntimeOptions {
  /** How many threads work, the main thread included. Default: the number of cores. Without shared memory always 1. */
  readonly threads?: number;
  /** Compile kernels with bounds checks. In a page, mistakes in a kernel are then thrown where it is prepared. */
  readonly debug?: boolean;
  /**
   * Look for data races, on one thread and much slower. A race is given to `onRace` of the runtime; if there is none,
   * the next `read` or `synchronize` rejects with it.
   */
  readonly races?: boolean;
  /** Compile kernels so that accesses out of bounds stay inside of what they access: see `CompileOptions`. */
  readonly robust?: boolean;
  /**
   * Operations that an invocation may take in loops (a workgroup, if the kernel has barriers), roughly counted. With
   * more, the kernel is taken to run for ever, and the runtime is lost. Default 2^34: between half a second and some
   * twenty.
   */
  readonly operationLimit?: number;
  /**
   * Ask the engine for 256-bit operations, where they are found to be right and faster (`wide.ts`). This sets a flag of
   * V8 for the whole process, with which all WebAssembly is compiled from then on; so the default is false. Kernels are
   * then compiled by V8's second compiler before they run (`second-compiler.ts`).
   */
  readonly wide?: boolean;
  /** Seconds within which the worker threads must have started; default 30. Then the runtime is lost. */
  readonly startTimeout?: number;
  /**
   * Address of the file that worker threads run (`@glassbox/wgsl-wasm/worker`), if it does not lie beside the code that
   * starts them. In a page it is relative to the page, and may be of another origin. In Node it is a path or a `file:`
   * URL.
   */
  readonly worker?: string;
}

const optionNames: OptionTable<WasmRuntimeOptions> = {
  threads: whole(1, MAXIMUM_THREADS),
  debug: flag,
  races: flag,
  robust: flag,
  operationLimit: positive,
  wide: flag,
  startTimeout: positive,
  worker: text,
};

/**
 * Opens a runtime. Fast in Node, where worker threads start on their own time and the first read waits for them.
 * @throws if there are no such threads, or if one of them does not start (in Node, the first read may be what throws).
 */
export async function openWasmRuntime(options: WasmRuntimeOptions = {}): Promise<WasmRuntime> {
  checkOptions('openWasmRuntime', options, optionNames);
  const { races } = options;
  if (races && (options.threads ?? 1) > 1) {
    throw new RangeError('openWasmRuntime: races are looked for on one thread; leave out `threads`');
  }
  const found = features();
  // With it a kernel's errors are thrown where it is prepared. From a disk it comes at once.
  if (isNode || options.debug || races) await loadWholeCompiler();
  const detector = races ? new (await import('./race-detector.ts')).RaceDetector() : null;
  const wanted = races ? 1 : (options.threads ?? (await coreCount()));
  const compiler = options.wide ? await secondCompiler() : undefined;
  const runtime = new WasmRuntime(found.sharedMemory ? wanted : 1, found, options, compiler, detector);
  await runtime.startWorkers();
  if (options.wide) {
    const { goWide } = await import('./wide.ts');
    runtime.wide = await goWide(() => new WasmRuntime(1, found, {}, compiler));
  }
  if (opensWithWorkers) await runtime.workersStarted();
  return runtime;
}
