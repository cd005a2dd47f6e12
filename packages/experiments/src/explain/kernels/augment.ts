/** Augmentation of images. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type Example, type KernelEntry, one } from './entry.ts';

const group = 'augmentation';

/** Numbers in [0, 1). */
const uniform = (rows: number, columns: number) => ({
  words: rows * columns,
  about: 'uniform numbers, one row for each image',
  data: Float32Array.from({ length: rows * columns }, (_, i) => ((i * 997) % 1009) / 1009),
});
/** The same row for each image. */
const rows = (images: number, row: readonly number[], about: string) => ({
  words: images * row.length,
  about,
  data: Float32Array.from({ length: images * row.length }, (_, i) => row[i % row.length]),
});

const ofImages = (build: (layout: k.Layout, machine: k.Machine) => Example): KernelEntry => ({
  group,
  dimensions: 'N,C,H,W',
  shape: [batch, 1, 28, 28],
  build: (shape, _, machine) => build(k.imageLayout(shape), machine),
});

const draws = (build: (images: number, machine: k.Machine) => Example): KernelEntry => ({
  group,
  dimensions: 'N',
  shape: [batch],
  build: ([images], _, machine) => build(images, machine),
});

export const augmentation: Record<string, KernelEntry> = {
  randomMatrices: draws((images, machine) => {
    const spec = { batch: images, degrees: [-10, 10], translate: [2, 2], scale: [0.9, 1.1] } as const;
    return one(
      k.randomMatrices(spec, machine),
      {
        u: uniform(images, k.numbersPerMatrix),
        matrices: k.rowMajor([images, 2, 3]),
      },
      (v) => ({ matrices: { values: k.randomMatricesOracle(v.u, spec), tolerance: 1e-5 } }),
    );
  }),
  affineImages: ofImages((layout, machine) => {
    const spec = { x: layout, y: layout, interpolation: 'bilinear', fill: -1 } as const;
    const turned = rows(
      layout.shape[0],
      [0.99, 0.14, 1, 0, -0.14, 0.99, -2, 0],
      'rows (a, b, c, -), (d, e, f, -)',
    );
    return one(k.affineImages(spec, machine), { x: layout, y: layout, matrices: turned }, (v) => {
      // Rows of the buffer are padded to four numbers.
      const matrices = Array.from(v.matrices).filter((_, i) => i % 4 < 3);
      const size = [layout.shape[2], layout.shape[3]] as const;
      return { y: k.affineImagesOracle(v.x, matrices, layout.shape, size, spec) };
    });
  }),
  adjustImages: ofImages((layout, machine) => {
    const amounts = rows(layout.shape[0], [1.2], 'a factor for each image');
    const spec = { adjustment: 'brightness', layout, mean: 0.5, std: 0.5 } as const;
    return one(k.adjustImages(spec, machine), { x: layout, y: layout, amounts }, (v) => ({
      y: { values: k.adjustImagesOracle(v.x, v.amounts, { ...spec, shape: layout.shape }), tolerance: 1e-5 },
    }));
  }),
  randomBoxes: draws((images, machine) => {
    const spec = { batch: images, size: [28, 28], p: 0.5, scale: [0.02, 0.33], ratio: [0.3, 3.3] } as const;
    return one(
      k.randomBoxes(spec, machine),
      {
        u: uniform(images, k.numbersPerBox),
        boxes: k.rowMajor([images, 4]),
      },
      (v) => ({ boxes: { values: k.randomBoxesOracle(v.u, spec), tolerance: 0 } }),
    );
  }),
  randomMixes: draws((images, machine) => {
    const spec = { batch: images, size: [28, 28], kind: 'mixup', alpha: 0.4 } as const;
    return one(
      k.randomMixes(spec, machine),
      {
        u: uniform(images, k.numbersPerMix),
        mixes: k.rowMajor([images, k.numbersInMix]),
      },
      (v) => ({ mixes: { values: k.randomMixesOracle(v.u, spec), tolerance: 2e-5 } }),
    );
  }),
  mixImages: ofImages((layout, machine) => {
    const mixes = rows(
      layout.shape[0],
      [5, 7, 9, 6, 0.25, 0.9, 0, 0],
      'top, left, height, width, share in the box, share of the label',
    );
    return one(k.mixImages({ layout }, machine), { x: layout, y: layout, mixes }, (v) => {
      // Rows of the buffer are padded to eight numbers.
      const dense = Array.from(v.mixes).filter((_, i) => i % 8 < k.numbersInMix);
      return { y: k.mixImagesOracle(v.x, dense, layout.shape) };
    });
  }),
  eraseImages: ofImages((layout, machine) => {
    const boxes = rows(layout.shape[0], [5, 7, 9, 6], 'top, left, height, width of each image');
    return one(k.eraseImages({ layout, value: -1 }, machine), { x: layout, y: layout, boxes }, (v) => ({
      y: { values: k.eraseImagesOracle(v.x, v.boxes, layout.shape, -1), tolerance: 0 },
    }));
  }),
};
