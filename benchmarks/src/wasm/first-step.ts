/**
 * What a process needs to the first training step of a net, with its first batch size, on the wasm device as commands
 * open it. A program of its own, with the number of threads and the name of the net as arguments: it prints one JSON
 * line when the loss is there.
 */
import { Runtime } from '@glassbox/tensor-core';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import type { Kernel } from '@glassbox/wgsl-kernels';
import { benchmarkCases } from '../cases.ts';
import { RecordingDevice } from '../kernels/recording-device.ts';
import { randomImages } from '../step/data.ts';
import { Training } from '../step/training.ts';

/** What the program prints. */
export interface FirstStep {
  /** Milliseconds for each kernel that was compiled, in order. */
  readonly compileMs: readonly number[];
  /** Processor time of its main thread: what a machine with nothing else to do would take, or a little less. */
  readonly processorMs: number;
}

/** Notes how long each kernel's first preparation takes. */
class CompileTimes extends RecordingDevice {
  readonly ms: number[] = [];
  readonly #known = new Set<string>();

  override prepare(kernel: Kernel) {
    const start = performance.now();
    const prepared = super.prepare(kernel);
    if (!this.#known.has(kernel.wgsl)) this.ms.push(performance.now() - start);
    this.#known.add(kernel.wgsl);
    return prepared;
  }
}

if (import.meta.main) {
  const [threads, name] = process.argv.slice(2);
  const device = new CompileTimes(await WasmDevice.open({ threads: Number(threads), wide: true }));
  const runtime = new Runtime(device);
  const benchmark = benchmarkCases.find((candidate) => candidate.name === name)!;
  const images = randomImages(runtime, 1024, benchmark.side);
  const step = new Training(runtime, benchmark, images, benchmark.batches[0]).recordTraining();
  await step.result.item();
  const { user, system } = process.threadCpuUsage();
  const result: FirstStep = { compileMs: device.ms, processorMs: (user + system) / 1000 };
  console.log(JSON.stringify(result));
  process.exit(0);
}
