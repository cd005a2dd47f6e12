import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapesOf } from '../src/kernels/measure.ts';
import { bandwidthAt, type Roofline, roof } from '../src/kernels/roofline.ts';

const roofline: Roofline = {
  flops: 100e9,
  bandwidth: [
    { bytes: 1e4, bytesPerSecond: 80e9 },
    { bytes: 1e6, bytesPerSecond: 40e9 },
    { bytes: 1e8, bytesPerSecond: 10e9 },
  ],
};

describe('roofline', () => {
  it('has the measured bandwidth at the measured sizes, and the nearest one beyond them', () => {
    expect(bandwidthAt(roofline, 1)).toBe(80e9);
    expect(bandwidthAt(roofline, 1e6)).toBeCloseTo(40e9, -3);
    expect(bandwidthAt(roofline, 1e12)).toBe(10e9);
  });

  it('lies between its neighbours in between', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e6, max: 1e8, noNaN: true }), (bytes) => {
        const speed = bandwidthAt(roofline, bytes);
        expect(speed).toBeGreaterThanOrEqual(10e9 * (1 - 1e-9));
        expect(speed).toBeLessThanOrEqual(40e9 * (1 + 1e-9));
      }),
    );
  });

  it('says what bounds a kernel, and the time that it needs at least', () => {
    expect(roof(roofline, { flop: 1e9, bytes: 1e6 })).toEqual({ seconds: 0.01, bound: 'compute' });
    const copy = roof(roofline, { flop: 0, bytes: 1e8 });
    expect(copy.bound).toBe('memory');
    expect(copy.seconds).toBeCloseTo(0.01);
  });

  it("names a kernel by the shapes in its header, not by its code's indices", () => {
    const wgsl =
      '// f over dimensions [0,2]\n// x: [64,16,14,14], y: [16]\n@group(0) @binding(0)\nlet a = x[3];';
    expect(shapesOf({ wgsl })).toBe('[64,16,14,14] [16]');
  });
});
