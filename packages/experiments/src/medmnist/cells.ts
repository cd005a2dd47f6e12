/** What a run consists of: each net on each set at each size with each seed. */
import type { ImageSize } from '@glassbox/medmnist';
import type { PlannedTraining } from '../run/progress.ts';
import { type RunStore, stageFile } from '../run/store.ts';
import type { BenchmarkNet } from './nets.ts';
import type { MedmnistOptions } from './options.ts';
import type { Mode } from './protocol.ts';

/** One training, or one vote of neighbours. */
export interface Cell {
  /** As its stage and its files are called: `breastmnist-resnet18-28-seed0`. */
  readonly id: string;
  /** As the set's file of predictions is called. */
  readonly set: string;
  readonly net: BenchmarkNet;
  readonly size: ImageSize;
  readonly mode: Mode;
  readonly seed: number;
}

/** Every cell of a set at a size, in the order in which they can be done. */
export function cellsOf(
  set: string,
  size: ImageSize,
  {
    nets,
    modes,
    seeds,
    seed: first,
    resize,
  }: Pick<MedmnistOptions, 'nets' | 'modes' | 'seeds' | 'seed' | 'resize'>,
): Cell[] {
  return nets.flatMap((net) =>
    Array.from({ length: seeds }, (_, each) => first + each).flatMap((seed) =>
      modes.map((mode) => ({
        id: cellId({ set, net, size, mode, seed }, resize),
        set,
        net,
        size,
        mode,
        seed,
      })),
    ),
  );
}

function cellId({ set, net, size, mode, seed }: Omit<Cell, 'id'>, resize: number | undefined): string {
  const shown = `${set}-${net}-${size}${resize === undefined ? '' : `to${resize}`}`;
  return `${shown}${mode === 'end-to-end' ? '' : `-${mode}`}-seed${seed}`;
}

/** Of an image in a probe against one in the training of all layers, about: it has no gradients of the encoder. */
const probeCost = 0.4;

/**
 * What the progress line needs to know of a cell.
 * @param images training images of its set
 * @param pixels height and width of what the net sees
 */
export function planCell(
  cell: Cell,
  {
    images,
    pixels,
    epochs,
    stops,
  }: Readonly<Record<'images' | 'pixels' | 'epochs', number>> & { stops: boolean },
  folder: RunStore,
): PlannedTraining {
  const { id, net, mode } = cell;
  return {
    id,
    kind: `${net} ${pixels} ${mode}`,
    cost: (pixels / 28) ** 2 * (mode === 'linear-probe' ? probeCost : 1),
    images,
    epochs: mode === 'knn' ? 0 : epochs,
    ...(stops ? {} : { fixed: true }),
    done: folder.has(stageFile(id)),
  };
}
