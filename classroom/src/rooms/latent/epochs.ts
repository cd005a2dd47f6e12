/** A training whose net is kept after each epoch, and what each of these nets makes of images. Knows no page. */
import {
  type Examples,
  examples,
  forwardThrough,
  gatherBatch,
  gradCam,
  inputGradient,
  type Module,
  observeLayers,
  predict,
  type Sequential,
} from '@glassbox/nn';
import { noGrad, type Runtime, softmax, type Tensor, tensor } from '@glassbox/tensor-core';
import { buildNet, type NamedLayer } from '../../playground/net.ts';
import { imageSize, type Spec, sizesOf } from '../../playground/spec.ts';
import { Training, type Values } from '../../playground/training.ts';

/** Wider embeddings are refused: their principal components would take minutes. */
export const maxFeatures = 8192;

/** Features before the last layer of a spec's net. */
export function featuresOf({ blocks }: Spec): number {
  return blocks.at(-1)!.channels * sizesOf(blocks).at(-1)! ** 2;
}

/** What a net makes of some images. */
export interface Evaluated {
  /** Row-major [images, features]: the input of the last Linear layer. */
  readonly embedding: Float32Array;
  /** Of pneumonia, for each image. */
  readonly probabilities: Float32Array;
}

/** One image under a net's eyes. */
export interface Look {
  /** Of normal and pneumonia. */
  readonly probabilities: readonly number[];
  readonly logits: readonly number[];
  /** Layers that have maps. */
  readonly layers: readonly MapLayer[];
  /** The one that was chosen. */
  readonly layer: MapLayer;
  /** Its maps, [K,P,Q]. */
  readonly maps: Values;
  /** d logit / d input, [28,28]: for one unit of the net's input, which goes from -1 to 1. */
  readonly gradient: Float32Array;
  /** Grad-CAM of the chosen layer, [P,Q]. */
  readonly cam: Values;
}

/** What is asked of a look: the class that is explained, and the layer whose maps are shown. */
export interface LookOptions {
  readonly target: number;
  /** Its place in the net; the last convolution unless it is one with maps. */
  readonly layer: number | undefined;
}

/** A layer with maps, and its place in the net. */
export type MapLayer = Pick<NamedLayer, 'kind' | 'number'> & { readonly index: number };

interface KeptNet {
  readonly net: Sequential;
  readonly layers: readonly NamedLayer[];
}

const shape = [1, imageSize, imageSize] as const;

/** X-rays of 28 x 28 bytes each, on the device. */
export function imagesOnDevice(runtime: Runtime, images: Uint8Array): Examples {
  return examples(runtime, { images, shape });
}

export class Epochs {
  readonly #training: Training;
  readonly #kept: KeptNet[] = [];
  #sum = 0;

  /** @param spec one without a problem (`problemOf`). */
  constructor(runtime: Runtime, spec: Spec) {
    this.#training = new Training(runtime, spec);
  }

  /** Nets that are kept: that before training, and one after each epoch. */
  get count(): number {
    return this.#kept.length;
  }

  /**
   * Trains one epoch and keeps the net; the first time it keeps the net as it begins.
   * @param between called after each step: it may wait, or throw to stop; the next call goes on from there.
   * @returns mean loss of the epoch's batches; undefined before training
   */
  async next(between: () => Promise<void> = async () => {}): Promise<number | undefined> {
    const training = this.#training;
    const end = this.count * training.stepsPerEpoch;
    while (training.steps < end) {
      this.#sum += await training.step();
      await between();
    }
    const { net, layers } = buildNet(training.runtime, training.spec);
    net.loadStateDict(await training.net.stateDict());
    net.eval();
    for (const parameter of net.parameters()) parameter.requiresGrad_(false);
    const loss = end > 0 ? this.#sum / training.stepsPerEpoch : undefined;
    this.#sum = 0;
    this.#kept.push({ net, layers });
    return loss;
  }

  async evaluate(epoch: number, images: Examples): Promise<Evaluated> {
    const { net } = this.#kept[epoch];
    const body = net.layers.slice(0, -1);
    const embedded = await predict(net, images, { compute: (x) => forwardThrough(x, body) });
    const { values } = await predict(net, images, { compute: (x) => softmax(net.forward(x)) });
    return {
      embedding: embedded.values,
      probabilities: Float32Array.from({ length: values.length / 2 }, (_, n) => values[2 * n + 1]),
    };
  }

  /** Looks at an X-ray of 28 x 28 bytes with the net of an epoch. */
  async look(epoch: number, pixels: Uint8Array, { target, layer }: LookOptions): Promise<Look> {
    const { net, layers } = this.#kept[epoch];
    const { runtime } = this.#training;
    const withMaps = layers.flatMap(({ kind, number }, index) =>
      kind === 'conv' || kind === 'relu' || kind === 'norm' ? [{ kind, number, index }] : [],
    );
    const chosen =
      withMaps.find(({ index }) => index === layer) ?? withMaps.findLast(({ kind }) => kind === 'conv')!;
    const { module } = layers[chosen.index];
    const data = imagesOnDevice(runtime, pixels);
    const found = runtime.step(() => {
      const { images } = gatherBatch(data, tensor(runtime, [0], [1], { dtype: 'u32' }));
      const { logits, maps } = noGrad(() => forwardTo(net, module, images));
      return {
        logits,
        probabilities: softmax(logits),
        maps,
        gradient: inputGradient(net, images, { target }),
        cam: gradCam(net, images, { target, layer: module }),
      };
    });
    const [logits, probabilities, maps, gradient, cam] = await Promise.all(
      [found.logits, found.probabilities, found.maps, found.gradient, found.cam].map((each) => each.array()),
    );
    return {
      layers: withMaps,
      layer: chosen,
      logits: [...logits],
      probabilities: [...probabilities],
      maps: { shape: found.maps.shape.slice(1), values: maps as Float32Array },
      gradient: gradient as Float32Array,
      cam: { shape: found.cam.shape.slice(1), values: cam as Float32Array },
    };
  }

  dispose(): void {
    this.#training.dispose();
  }
}

function forwardTo(net: Sequential, layer: Module, images: Tensor) {
  let maps: Tensor | undefined;
  const observe = (each: Module, _: Tensor, output: Tensor) => {
    if (each === layer) maps = output;
  };
  const logits = observeLayers(observe, () => net.forward(images));
  return { logits, maps: maps! };
}
