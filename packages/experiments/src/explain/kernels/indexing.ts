/** What takes elements by their positions. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, faults, type KernelEntry, one } from './entry.ts';

/** Whole numbers below a limit, as positions. */
const positions = (layout: k.Layout, limit: number, about: string) => ({
  words: layout.size,
  about,
  data: k.pack(
    layout,
    Array.from({ length: k.elementCount(layout.shape) }, (_, i) => (i * 997) % limit),
    new Uint32Array(layout.size),
  ),
});

/** Rows of a matrix, as an embedding takes them. */
const taking = (gradient: boolean): KernelEntry => ({
  group: 'indexing',
  dimensions: 'rows,columns',
  shape: [1000, 64],
  build: (shape, _, machine) => {
    const [x, list] = [k.rowMajor(shape), k.rowMajor([batch])];
    const y = k.rowMajor([batch, shape[1]]);
    const spec = { op: 'embedding', x, index: list, y, dimension: 0, each: false } as const;
    const index = positions(list, shape[0], 'rows that are taken');
    const taken = { shape, dimension: 0, each: false };
    return gradient
      ? one(k.takeGradient(spec, machine), { dy: y, index, dx: x }, (v) => ({
          dx: k.takeGradientOracle(v.dy, v.index, taken),
        }))
      : one(k.take(spec, machine), { x, index, faults, y }, (v) => ({
          y: { values: k.takeOracle(v.x, v.index, taken), tolerance: 0 },
        }));
  },
});

export const indexing: Record<string, KernelEntry> = {
  take: taking(false),
  takeGradient: taking(true),
  oneHot: {
    group: 'indexing',
    dimensions: 'rows,classes',
    shape: [batch, 14],
    build: ([rows, classes], _, machine) => {
      const list = k.rowMajor([rows]);
      const labels = positions(list, classes, 'class numbers');
      const y = k.rowMajor([rows, classes]);
      return one(k.oneHot({ labels: list, classes }, machine), { labels, faults, y }, (v) => ({
        y: { values: k.oneHotOracle(Array.from(v.labels).slice(0, rows), classes), tolerance: 0 },
      }));
    },
  },
  topK: {
    group: 'indexing',
    dimensions: 'rows,columns',
    shape: [batch, 100],
    build: (shape, _, machine) => {
      const [rows, size] = shape;
      const how = { k: Math.min(5, size), largest: true };
      const [x, index] = [k.rowMajor(shape), k.rowMajor([rows, how.k])];
      return one(k.topK({ x, ...how }, machine), { x, index }, (v) => ({
        index: { values: k.topKOracle(v.x, size, how), tolerance: 0 },
      }));
    },
  },
  cumsum: {
    group: 'indexing',
    dimensions: 'rows,columns',
    shape: [batch, 512],
    build: (shape, _, machine) => {
      const layout = k.rowMajor(shape);
      return one(k.cumsum({ layout, dimension: 1 }, machine), { x: layout, y: layout }, (v) => ({
        y: { values: k.cumsumOracle(v.x, shape, 1), scale: Math.sqrt(shape[1]) },
      }));
    },
  },
};
