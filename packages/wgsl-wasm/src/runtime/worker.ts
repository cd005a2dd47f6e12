/** What a worker thread runs: it loads the kernels it is sent and executes chunks until it is ended. */
import { Executor } from './executor.ts';
import { MAIL } from './layout.ts';
import { workerPort } from './platform.ts';
import { secondCompiler } from './second-compiler.ts';

/** The first message to a worker. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  readonly scheduler: WebAssembly.Module;
  readonly thread: number;
  /** Whether it gives kernels to V8's second compiler. */
  readonly compiles: boolean;
}

async function takePart(): Promise<void> {
  const waiting: WebAssembly.Module[] = [];
  let executor: Executor | null = null;
  const load = (module: WebAssembly.Module) => {
    executor!.load(module);
    executor!.compileLoaded();
  };
  const { data, later, started } = await workerPort((message) => {
    const module = message as WebAssembly.Module;
    if (executor) load(module);
    else waiting.push(module);
  });
  const start = data as WorkerStart;
  const compiler = start.compiles ? await secondCompiler() : undefined;
  executor = new Executor(start.memory, start.scheduler, start.thread, compiler);
  for (const module of waiting) load(module);
  started();

  function run(): void {
    const words = new Int32Array(start.memory.buffer);
    executor!.work(Atomics.load(words, MAIL >> 2), true);
    // Messages wait: let them in, then go on.
    later(run);
  }
  later(run);
}

// No `await` here: bundlers make classic scripts of workers, which have none. Thrown, an error reaches who started it.
takePart().catch((error) => {
  setTimeout(() => {
    throw error;
  });
});
