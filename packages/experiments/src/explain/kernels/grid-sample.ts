/** Images read at the places of a grid. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type Example, inRange, type KernelEntry } from './entry.ts';

type Layouts = Readonly<Record<'x' | 'grid' | 'y', k.Layout>>;

const sampling = (
  build: (
    spec: k.GridSampleSpec,
    layouts: Layouts,
    machine: k.Machine,
  ) => Pick<Example, 'kernels' | 'buffers' | 'oracle'>,
): KernelEntry => ({
  group: 'resampling',
  dimensions: 'N,C,H,W',
  shape: [batch, 1, 28, 28],
  build: (shape, _, machine) => {
    const size = [shape[2], shape[3]] as const;
    const spec = { shape, size, mode: 'bilinear', paddingMode: 'zeros', alignCorners: false } as const;
    const images = k.gridSampleLayout(shape);
    const layouts = { x: images, grid: k.rowMajor([shape[0], ...size, 2]), y: images };
    return {
      ...build(spec, layouts, machine),
      // Somewhat beyond the image.
      contents: (random) => ({ grid: inRange(random.grid, -1.1, 1.1) }),
    };
  },
});

export const gridSamples: Record<string, KernelEntry> = {
  gridSample: sampling((spec, { x, grid, y }, machine) => ({
    kernels: [k.gridSample(spec, machine)],
    buffers: { x, grid, y },
    oracle: (v) => ({ y: { values: k.gridSampleOracle(v.x, v.grid, spec), tolerance: 2e-5 } }),
  })),
  gridSampleInputGradient: sampling((spec, { x, grid, y }, machine) => ({
    kernels: [k.gridSampleInputGradient(spec, machine)],
    buffers: { dy: y, grid, dx: x },
    oracle: (v) => ({
      dx: { values: k.gridSampleInputGradientOracle(v.dy, v.grid, spec), tolerance: 2e-5 },
    }),
  })),
  gridSampleGridGradient: sampling((spec, { x, grid, y }, machine) => ({
    kernels: [k.gridSampleGridGradient(spec, machine)],
    buffers: { dy: y, x, grid, dGrid: grid },
    oracle: (v) => ({
      dGrid: { values: k.gridSampleGridGradientOracle(v.dy, v.x, v.grid, spec), tolerance: 2e-5 },
    }),
  })),
};
