/** What PyTorch made of grid_sample and affine_grid: `../../fixtures/grid-sample.py`. */
import { readFileSync } from 'node:fs';
import type { GridSampleOptions } from '../../../src/ops/index.ts';

interface Sample {
  readonly options: GridSampleOptions;
  readonly shape: readonly number[];
  readonly size: readonly [number, number];
  readonly x: readonly number[];
  readonly grid: readonly number[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
  readonly dx: readonly number[];
  readonly dGrid: readonly number[];
}

interface Grid {
  readonly size: readonly number[];
  readonly alignCorners: boolean;
  readonly theta: readonly number[];
  readonly grid: readonly number[];
  readonly dy: readonly number[];
  readonly dTheta: readonly number[];
}

export const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/grid-sample.json', import.meta.url), 'utf8'),
) as { readonly gridSample: readonly Sample[]; readonly affineGrid: readonly Grid[] };
