import { describe, expect, it } from 'vitest';
import { gatherImages, gatherLabels, imageLayout, rowMajor } from '../src/index.ts';

describe('generated WGSL of gather', () => {
  it('grey images, aligned and not, and colour', () => {
    expect(gatherImages({ images: 4708, y: imageLayout([64, 1, 28, 28]) }).wgsl).toMatchSnapshot('28 px');
    expect(gatherImages({ images: 100, y: imageLayout([4, 1, 5, 5]) }).wgsl).toMatchSnapshot('5 px');
    expect(gatherImages({ images: 100, y: imageLayout([4, 3, 6, 6]) }).wgsl).toMatchSnapshot('colour');
  });

  it('labels', () => {
    const classes = { count: 4708, source: 'u8', y: rowMajor([64]), output: 'u32' } as const;
    expect(gatherLabels(classes).wgsl).toMatchSnapshot('classes');
    const findings = { count: 100, source: 'u8', y: rowMajor([5, 14]), output: 'f32' } as const;
    expect(gatherLabels(findings).wgsl).toMatchSnapshot('findings');
  });
});
