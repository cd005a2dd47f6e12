/** What takes batches from a data set. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, faults, type KernelEntry, one } from './entry.ts';

/** Images of PneumoniaMNIST's training split. */
const images = 4708;

const rowNumbers = (rows: number) => ({
  words: rows,
  about: 'row numbers',
  data: Uint32Array.from({ length: rows }, (_, i) => (i * 997) % images),
});

export const data: Record<string, KernelEntry> = {
  gatherImages: {
    group: 'data',
    dimensions: 'N,C,H,W',
    shape: [batch, 1, 28, 28],
    build: (shape, _, machine) => {
      const y = k.imageLayout(shape);
      const words = k.imageWords(images, shape.slice(1));
      return one(
        k.gatherImages({ images, y }, machine),
        {
          data: {
            words,
            about: `${images} images of bytes`,
            data: Uint32Array.from({ length: words }, (_, i) => i * 2654435761),
          },
          rows: rowNumbers(shape[0]),
          faults,
          y,
        },
        (v) => {
          const bytes = new Uint8Array(Uint32Array.from(v.data).buffer);
          return {
            y: {
              values: k.gatherImagesOracle(bytes, shape.slice(1), Array.from(v.rows).slice(0, shape[0])),
              scale: 1,
            },
          };
        },
      );
    },
  },
  gatherLabels: {
    group: 'data',
    dimensions: 'N',
    shape: [batch],
    build: (shape, _, machine) => {
      const spec = { count: images, source: 'u32', y: k.rowMajor(shape), output: 'u32' } as const;
      return one(
        k.gatherLabels(spec, machine),
        {
          labels: {
            words: images,
            about: `${images} class numbers`,
            data: Uint32Array.from({ length: images }, (_, i) => (i * 7919) % 2),
          },
          rows: rowNumbers(shape[0]),
          faults,
          y: spec.y,
        },
        (v) => ({
          y: {
            values: k.gatherLabelsOracle(v.labels, 1, Array.from(v.rows).slice(0, shape[0])),
            tolerance: 0,
          },
        }),
      );
    },
  },
};
