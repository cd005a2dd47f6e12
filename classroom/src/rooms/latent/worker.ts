/** The Worker of the room: it trains, keeps the net of each epoch, and looks at images with any of them. */
import type { Examples } from '@glassbox/nn';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { transfer } from 'comlink';
import type { Spec } from '../../playground/spec.ts';
import type { DeviceWish, OpenedDevice } from '../../worker/messages.ts';
import { serve } from '../../worker/serve.ts';
import { Epochs, type Evaluated, imagesOnDevice, type Look, type LookOptions } from './epochs.ts';

/** An epoch as the page gets it. */
export interface EpochNews extends Evaluated {
  readonly epoch: number;
  /** Mean of its batches; undefined before training. */
  readonly loss: number | undefined;
}

type Tell = (news: EpochNews) => void;

/** Milliseconds of training between two looks at what the page asks. */
const slice = 25;

class Superseded extends Error {}

let runtime: Runtime;
let epochs: Epochs | undefined;
/** What they are epochs of. */
let trainedSpec: string | undefined;
const losses: (number | undefined)[] = [];
let test: Examples;
/** Counts trainings and evaluations: an older one stops when a newer one is asked for. */
let current = 0;
let working: Promise<void> = Promise.resolve();
let paused = false;
let resume = () => {};
let breath = 0;

async function tellOf(epoch: number, tell: Tell): Promise<void> {
  const found = await epochs!.evaluate(epoch, test);
  const { embedding, probabilities } = found;
  const news = { epoch, loss: losses[epoch], embedding, probabilities };
  await tell(transfer(news, [embedding.buffer as ArrayBuffer, probabilities.buffer as ArrayBuffer]));
}

/** Lets orders come in, and waits while the room is not seen. @throws Superseded if there is other work */
async function between(own: number): Promise<void> {
  if (performance.now() - breath > slice) {
    await new Promise((done) => setTimeout(done));
    breath = performance.now();
  }
  while (paused && own === current) await new Promise<void>((done) => (resume = done));
  if (own !== current) throw new Superseded();
}

async function work(own: number, spec: Spec, goal: number, images: Uint8Array, tell: Tell): Promise<void> {
  await between(own);
  if (JSON.stringify(spec) !== trainedSpec) {
    trainedSpec = JSON.stringify(spec);
    epochs?.dispose();
    epochs = new Epochs(runtime, spec);
    losses.length = 0;
  }
  test = imagesOnDevice(runtime, images);
  for (let epoch = 0; epoch <= goal; epoch++) {
    await between(own);
    if (epoch >= epochs!.count) losses[epoch] = await epochs!.next(() => between(own));
    await tellOf(epoch, tell);
  }
}

const api = {
  async open(device: DeviceWish): Promise<OpenedDevice> {
    runtime = await openRuntime({ device });
    const { kind, adapter, hardware, threads } = runtime.device.info;
    return { kind, adapter, hardware, threads, isolated: globalThis.crossOriginIsolated };
  },

  /**
   * Trains a spec's net for so many epochs, or as many as are missing if it is the last one again, and tells of each
   * epoch, that before training first. @returns false if another call came in between
   */
  async train(spec: Spec, goal: number, images: Uint8Array, tell: Tell): Promise<boolean> {
    const own = ++current;
    resume();
    const before = working;
    let end = () => {};
    working = new Promise<void>((done) => {
      end = done;
    });
    // Two trainings never take turns: the older one stops after its step.
    await before;
    try {
      await work(own, spec, goal, images, tell);
      return true;
    } catch (error) {
      if (error instanceof Superseded) return false;
      throw error;
    } finally {
      end();
    }
  },

  /** Training rests while nobody sees the room. */
  pause(wanted: boolean): void {
    paused = wanted;
    if (!wanted) resume();
  },

  async look(epoch: number, pixels: Uint8Array, options: LookOptions): Promise<Look> {
    return epochs!.look(epoch, pixels, options);
  },
};

export type LatentApi = typeof api;
serve(api);
