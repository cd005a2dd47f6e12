/** One batch, taken apart: a training step of the page's net in four parts, and where its numbers come from. */

import { crossEntropyLoss } from '@glassbox/nn';
import { transfer } from 'comlink';
import { explain, type Lesson, openLesson, type Place, type StepTensor } from '../../model/index.ts';
import { noisyLabels, phantoms } from '../../playground/data.ts';
import { buildNet, buildOptimizer, type NamedLayer } from '../../playground/net.ts';
import { imageSize, type Spec } from '../../playground/spec.ts';
import { orderOf, type Values } from '../../playground/training.ts';
import { mapOf, operandMaps } from './maps.ts';
import { buffersOf, flatIndex, type Packed, pack, type TensorName } from './packed.ts';
import { pairingOf } from './pairing.ts';
import { producerOf } from './producer.ts';
import {
  inBuffer,
  inTensor,
  isStatistic,
  statisticNames,
  valuesOf as valuesOfStatistic,
} from './statistics.ts';
import {
  bands,
  type Explained,
  type LessonLayer,
  type LessonView,
  type MapView,
  type Mask,
} from './types.ts';

/** The batch of the first step of a training. */
export function firstBatch({ labels: count, noise, seed, batch }: Spec) {
  const all = phantoms('train', count);
  const noisy = noisyLabels(all.labels, noise);
  const rows = orderOf(seed, 0, count).subarray(0, batch);
  const size = imageSize * imageSize;
  const images = new Uint8Array(batch * size);
  for (const [at, row] of rows.entries()) {
    images.set(all.images.subarray(row * size, (row + 1) * size), at * size);
  }
  return { images, labels: Uint8Array.from(rows, (row) => noisy[row]) };
}

/** Of tensors that were read back, in bytes: more is forgotten. */
const mostKept = 128 * 2 ** 20;

export class Desk {
  #spec: Spec | undefined;
  #lesson: Lesson | undefined;
  #layers: readonly NamedLayer[] = [];
  #labels: readonly number[] = [];
  #parts = 0;
  #tensors = new Map<string, StepTensor>();
  #kept = 0;
  /** One thing after another: a call waits for those before it. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Begins a lesson, after so many parts of steps. @returns undefined after none. */
  open(spec: Spec, parts = 0): Promise<LessonView | undefined> {
    return this.#next(async () => {
      await this.#lesson?.close();
      this.#lesson = undefined;
      const batch = firstBatch(spec);
      const lesson = await openLesson({
        net: (runtime) => {
          const built = buildNet(runtime, spec);
          this.#layers = built.layers;
          return built.net;
        },
        optimizer: (net) => buildOptimizer(spec, net.parameters()),
        loss: crossEntropyLoss(),
        shape: [1, imageSize, imageSize],
        ...batch,
      });
      this.#spec = spec;
      this.#labels = [...batch.labels];
      this.#lesson = lesson;
      this.#parts = 0;
      this.#forget();
      while (this.#parts < parts) await this.#part();
      return parts > 0 ? this.#view(0) : undefined;
    });
  }

  /** Does the next part of a step. */
  part(image: number): Promise<LessonView> {
    return this.#next(async () => {
      await this.#part();
      return this.#view(image);
    });
  }

  /** The same, for another image of the batch. */
  look(image: number): Promise<LessonView> {
    return this.#next(async () => this.#view(image));
  }

  /** The map that an element is in. */
  map({ layer, what, index }: Place): Promise<MapView> {
    return this.#next(async () => {
      await this.#name(layer, what);
      return mapOf(this.#tensor(layer, what), index);
    });
  }

  /** Where a number comes from. */
  explain(place: Place): Promise<Explained> {
    return this.#next(async () => {
      const lesson = this.#lesson!;
      await this.#name(place.layer, place.what);
      const half = (of: string) => lesson.tensor(of, 'statistics').values.length / 2;
      const { value, expression, kernels } = await explain(
        lesson,
        isStatistic(place.what) ? inBuffer(place, half(place.layer)) : place,
      );
      const tensor = (layer: string, what: string) => this.#tensor(layer, what);
      const formula = pack(
        expression,
        (layer, what) => tensor(layer, what).shape,
        (read) => (read.what === 'statistics' ? inTensor(read, half(read.layer)) : read),
      );
      const { layer, what } = producerOf(
        lesson.layers.map(({ name }) => name),
        place,
      );
      const named = this.#layers[Number(layer)];
      if (named?.kind === 'norm') await this.#name(layer, 'mean');
      const pairing =
        named &&
        pairingOf({ layer, kind: named.kind, block: this.#block(named), what, index: place.index, tensor });
      const explained: Explained = {
        place,
        value,
        kernels,
        formula,
        operands: operandMaps(formula, tensor),
        pairing,
        mask: this.#mask(layer, what, place.index, formula),
      };
      return transfer(explained, buffersOf(formula));
    });
  }

  /** Frees the device. */
  close(): Promise<void> {
    return this.#next(async () => {
      await this.#lesson?.close();
      this.#lesson = undefined;
    });
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #part(): Promise<void> {
    const lesson = this.#lesson!;
    const step = { update: 'forward', forward: 'loss', loss: 'backward', backward: 'update' } as const;
    await lesson[step[lesson.done ?? 'update']]();
    this.#parts++;
    this.#forget();
  }

  #block({ kind, number }: NamedLayer) {
    return kind === 'conv' ? this.#spec!.blocks[number - 1] : undefined;
  }

  /** The statistics of batch norm have a name once a number was explained that they stand in. */
  async #name(layer: string, what: string): Promise<void> {
    if (!isStatistic(what) || this.#lesson!.kinds(layer).includes('statistics')) return;
    await explain(this.#lesson!, { layer, what: 'output', index: [0, 0, 0, 0] });
  }

  /** Of ReLU and dropout, and of batch norm behind a ReLU, whose kernel takes the gradient of both. */
  #mask(layer: string, what: string, index: readonly number[], { kinds }: Packed): Mask | undefined {
    const at = Number(layer);
    const kind = this.#layers[at]?.kind;
    const value = (of: number) => {
      const { shape, values } = this.#tensor(String(of), 'input');
      return { place: { layer: String(of), what: 'input', index }, value: values[flatIndex(shape, index)] };
    };
    if (kind === 'dropout' && /^(output|inputGradient)$/.test(what)) {
      return { kind, passes: kinds.includes(0), ...value(at) };
    }
    const relu = kind === 'norm' && this.#layers[at - 1]?.kind === 'relu' ? at - 1 : at;
    if (what !== 'inputGradient' || this.#layers[relu]?.kind !== 'relu') return undefined;
    const found = value(relu);
    return { kind: 'relu', passes: found.value > 0, ...found };
  }

  #forget(): void {
    this.#tensors.clear();
    this.#kept = 0;
  }

  #tensor(layer: string, what: string): StepTensor {
    const key = `${layer} ${what}`;
    let found = this.#tensors.get(key);
    if (!found) {
      if (this.#kept > mostKept) this.#forget();
      found = isStatistic(what) ? this.#statistic(layer, what) : this.#lesson!.tensor(layer, what);
      this.#tensors.set(key, found);
      this.#kept += found.values.byteLength;
    }
    return found;
  }

  #statistic(layer: string, what: string): StepTensor {
    const { shape } = this.#tensor(layer, 'weight');
    const { values } = this.#lesson!.tensor(layer, 'statistics');
    return { layer, what, shape, values: valuesOfStatistic(what, values, shape[0]) };
  }

  #view(image: number): LessonView {
    const lesson = this.#lesson!;
    const values = (layer: string, what: string) => valuesOf(this.#tensor(layer, what), image);
    const layers = lesson.layers.map(({ name }, at): LessonLayer => {
      const { kind, number } = this.#layers[at] ?? { kind: 'loss', number: 1 };
      const kinds = lesson.kinds(name);
      const found = bands.filter((band) => kinds.includes(band));
      return {
        name,
        kind,
        number,
        known: this.#known(name, kind),
        tensors: Object.fromEntries(found.map((band) => [band, values(name, band)])),
      };
    });
    const loss = lesson.kinds('loss').includes('output')
      ? Number(this.#tensor('loss', 'output').values[0])
      : undefined;
    return {
      parts: this.#parts,
      done: lesson.done!,
      loss,
      image,
      input: values('0', 'input'),
      labels: this.#labels,
      layers,
    };
  }

  #known(layer: string, kind: LessonLayer['kind']): TensorName[] {
    const lesson = this.#lesson!;
    const kinds = lesson.kinds(layer).filter((what) => !lesson.tensors.find(layer, what)?.between);
    // Without reading them back: there may be many and large ones.
    const shapeOf = (what: string) => lesson.tensors.find(layer, what.replace(/Change$/, ''))!.layout.shape;
    const known = kinds.map((what) => ({ layer, what, shape: shapeOf(what) }));
    if (kind !== 'norm') return known;
    const shape = shapeOf('weight');
    return [...known, ...statisticNames.map((what) => ({ layer, what, shape }))];
  }
}

/** Of activations those of one image, of all else everything. */
function valuesOf({ what, shape, values }: StepTensor, image: number): Values {
  const floats = Float32Array.from(values);
  if (!/^(in|out)put(Gradient)?$/.test(what) || shape.length === 0) return { shape, values: floats };
  const size = floats.length / shape[0];
  return { shape: shape.slice(1), values: floats.slice(image * size, (image + 1) * size) };
}
