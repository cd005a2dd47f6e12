/** One batch, taken apart: what a training step of the page's net does, in four parts. */
import { crossEntropyLoss } from '@glassbox/nn';
import { type Lesson, openLesson, type Stage } from '../model/index.ts';
import { noisyLabels, phantoms } from '../playground/data.ts';
import { buildNet, buildOptimizer, type NamedLayer } from '../playground/net.ts';
import { imageSize, type Spec } from '../playground/spec.ts';
import { orderOf, type Values } from '../playground/training.ts';

/** Bands of the table that the page draws, in the order in which a step fills them. */
export const bands = ['output', 'outputGradient', 'weight', 'weightGradient', 'weightChange'] as const;
export type Band = (typeof bands)[number];

/** What a layer has by now. Outputs and their gradients are those of the batch's first image. */
export interface LessonLayer extends Pick<NamedLayer, 'kind' | 'number'> {
  readonly tensors: Partial<Readonly<Record<Band, Values>>>;
}

export interface LessonView {
  readonly done: Stage;
  /** Steps that have been done in full. */
  readonly rounds: number;
  readonly loss: number | undefined;
  readonly layers: readonly LessonLayer[];
}

/** The batch of the first step of a training. */
function firstBatch({ labels: count, noise, seed, batch }: Spec) {
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

export class LessonDesk {
  readonly #lesson: Lesson;
  readonly #layers: readonly NamedLayer[];
  #rounds = 0;
  #loss: number | undefined;

  private constructor(lesson: Lesson, layers: readonly NamedLayer[]) {
    this.#lesson = lesson;
    this.#layers = layers;
  }

  static async open(spec: Spec): Promise<LessonDesk> {
    let layers: readonly NamedLayer[] = [];
    const lesson = await openLesson({
      net: (runtime) => {
        const built = buildNet(runtime, spec);
        layers = built.layers;
        return built.net;
      },
      optimizer: (net) => buildOptimizer(spec, net.parameters()),
      loss: crossEntropyLoss(),
      shape: [1, imageSize, imageSize],
      ...firstBatch(spec),
    });
    return new LessonDesk(lesson, layers);
  }

  /** Does the next part, and tells what there is then. */
  async next(): Promise<LessonView> {
    const lesson = this.#lesson;
    if (lesson.done === undefined || lesson.done === 'update') {
      this.#loss = undefined;
      await lesson.forward();
    } else if (lesson.done === 'forward') {
      await lesson.loss();
      this.#loss = Number(lesson.tensor('loss', 'output').values[0]);
    } else if (lesson.done === 'loss') {
      await lesson.backward();
    } else {
      await lesson.update();
      this.#rounds++;
    }
    const layers = this.#layers.map(({ kind, number }, index) => ({
      kind,
      number,
      tensors: this.#tensorsOf(lesson.layers[index].name),
    }));
    return { done: lesson.done!, rounds: this.#rounds, loss: this.#loss, layers };
  }

  async close(): Promise<void> {
    await this.#lesson.close();
  }

  #tensorsOf(name: string): LessonLayer['tensors'] {
    const there = this.#lesson.kinds(name);
    const found = bands.filter((band) => there.includes(band));
    return Object.fromEntries(
      found.map((band) => {
        const { shape, values } = this.#lesson.tensor(name, band);
        const floats = Float32Array.from(values);
        if (band !== 'output' && band !== 'outputGradient') return [band, { shape, values: floats }];
        return [band, { shape: shape.slice(1), values: floats.slice(0, floats.length / shape[0]) }];
      }),
    );
  }
}
