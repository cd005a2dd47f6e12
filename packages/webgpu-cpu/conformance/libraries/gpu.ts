/**
 * `navigator.gpu` for a library, watched: what it is told of errors, how many dispatches it submits, and how long they
 * take. Each kernel is compiled twice, with and without the checks that keep accesses in bounds.
 */
import type { RuntimeDispatch, RuntimeKernel, WasmRuntime } from '@glassbox/wgsl-wasm';
import { GPUAdapter } from '../../src/adapter.ts';
import type { Core } from '../../src/core.ts';
import { create, globals } from '../../src/index.ts';

/** What happened on our WebGPU since `reset`. */
export class Watch {
  /** Which of the two forms runs. */
  robust = true;
  ms = 0;
  dispatches = 0;
  /** What was reported, whoever heard it. */
  errors: GPUError[] = [];
  /** Why a device was lost. */
  lost: string | null = null;

  reset(robust = true): void {
    Object.assign(this, { robust, ms: 0, dispatches: 0, errors: [] });
  }
}

/** Gives this process `navigator.gpu` and the constants of WebGPU. `times`: kernels are compiled in both forms. */
export function installGpu(times: boolean): Watch {
  const watch = new Watch();
  Object.assign(globalThis, globals);
  // On one thread a submit ends when its work does.
  const gpu = create({ threads: 1 });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  const { prototype } = GPUAdapter;
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    watchCore(device.core, watch, times);
    return device;
  };
  return watch;
}

function watchCore(core: Core, watch: Watch, times: boolean): void {
  const report = core.report.bind(core);
  core.report = (error) => {
    watch.errors.push(error);
    report(error);
  };
  void core.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') watch.lost = message;
  });
  watchRuntime(core.runtime, watch, times);
}

function watchRuntime(runtime: WasmRuntime, watch: Watch, times: boolean): void {
  const unchecked = new Map<RuntimeKernel, RuntimeKernel>();
  const prepare = runtime.prepare.bind(runtime);
  const submit = runtime.submit.bind(runtime);
  if (times) {
    runtime.prepare = (source) => {
      const kernel = prepare(source);
      Object.assign(runtime, { robust: false });
      try {
        // Another text, so that it is another kernel.
        unchecked.set(kernel, prepare({ ...source, wgsl: `${source.wgsl}\n// unchecked` }));
      } finally {
        Object.assign(runtime, { robust: true });
      }
      return kernel;
    };
  }
  runtime.submit = (list) => {
    const asked = list as readonly RuntimeDispatch[];
    const dispatches = watch.robust
      ? asked
      : asked.map((dispatch) => ({ ...dispatch, kernel: unchecked.get(dispatch.kernel)! }));
    const start = performance.now();
    submit(dispatches);
    watch.ms += performance.now() - start;
    watch.dispatches += dispatches.length;
  };
}
