/** Two trainings of the same spec side by side: one with a text of somebody's own in place of a kernel, one without. */
import { openDevice, Runtime } from '@glassbox/tensor-core';
import type { Spec } from '../../playground/spec.ts';
import { Training } from '../../playground/training.ts';
import { operationLimit } from './bench.ts';
import { SwappedDevice } from './swapped-device.ts';

/** What both have done since the last look. */
export interface Progress {
  /** Of both. */
  readonly steps: number;
  /** Losses of the training as it is: to the bit those of the page's net on this device. */
  readonly right: readonly number[];
  /** Losses of the training with the other text. */
  readonly edited: readonly number[];
  /** Fingerprint of all losses of the training as it is. */
  readonly trace: string;
}

export class Rivals {
  #right: Training | undefined;
  #edited: Training | undefined;

  /** Begins both trainings anew. @throws Error for a text that cannot be compiled. */
  async open(spec: Spec, original: string, text: string): Promise<void> {
    await this.close();
    // Checked accesses: a kernel that writes outside of its buffers must not reach the other training's.
    const checked = await openDevice({ device: 'wasm', debug: true, operationLimit });
    this.#edited = new Training(new Runtime(new SwappedDevice(checked, original, text)), spec);
    this.#right = new Training(new Runtime(await openDevice({ device: 'wasm' })), spec);
  }

  /** Trains both, step by step, for so long, or up to so many steps in all. */
  async advance(milliseconds: number, mostSteps: number): Promise<Progress> {
    const [right, edited] = [this.#right!, this.#edited!];
    const losses: { right: number[]; edited: number[] } = { right: [], edited: [] };
    const end = performance.now() + milliseconds;
    while (performance.now() < end && right.steps < mostSteps) {
      losses.right.push(await right.step());
      losses.edited.push(await edited.step());
    }
    return { steps: right.steps, ...losses, trace: right.trace };
  }

  async close(): Promise<void> {
    for (const training of [this.#right, this.#edited]) {
      training?.dispose();
      await training?.runtime.destroy();
    }
    this.#right = undefined;
    this.#edited = undefined;
  }
}
