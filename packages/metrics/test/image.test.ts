import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';
import { type Fixture, fixture, near } from './support.ts';

describe.each(fixture.images as Fixture[])('image metrics agree with scikit-image: $name', (sample) => {
  it('PSNR and SSIM', () => {
    near(metrics.psnr(sample.a, sample.b, sample.range), sample.psnr);
    near(metrics.ssim(sample.a, sample.b, sample.height, sample.width, sample.range), sample.ssim);
    expect(metrics.ssim(sample.a, sample.a, sample.height, sample.width, sample.range)).toBeCloseTo(1, 12);
  });
});
