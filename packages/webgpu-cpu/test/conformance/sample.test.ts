/** Which subcases of the conformance suite run, and how skips are counted. */
import { describe, expect, it } from 'vitest';
import { isRendering } from '../../conformance/reasons.ts';
import { sample } from '../../conformance/sample.ts';

const chosen = (test: string, count: number, every: number): number[] => {
  const isChosen = sample(test, count, every);
  return Array.from({ length: count }, (_, i) => i).filter(isChosen);
};

describe('a sample of the subcases of a test', () => {
  it('is all of them for 1, and else about as large as asked for', () => {
    expect(chosen('a', 5, 1)).toEqual([0, 1, 2, 3, 4]);
    for (const every of [2, 10, 50]) {
      const share = (chosen('a', 20_000, every).length * every) / 20_000;
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    }
  });

  it('is the same each time, and another one for another test', () => {
    expect(chosen('a', 1000, 10)).toEqual(chosen('a', 1000, 10));
    expect(chosen('a', 1000, 10)).not.toEqual(chosen('b', 1000, 10));
  });

  it('has at least one', () => {
    const firsts = new Set<number>();
    for (let n = 0; n < 200; n++) {
      const few = chosen(`test ${n}`, 3, 1000);
      expect(few.length).toBeGreaterThan(0);
      firsts.add(few[0]);
    }
    expect(firsts.size).toBe(3);
  });

  it('does not keep step with parameters that come round', () => {
    for (const period of [2, 5, 10]) {
      const met = new Set(chosen('a', 1000, 10).map((i) => i % period));
      expect(met.size).toBe(period);
    }
  });
});

it('a skip is for want of sorts of textures or of rendering, or not', () => {
  const execution = 'shader/execution/expression/call/builtin/mix';
  for (const reason of [
    'needs textures of depth and stencil',
    'needs samplers and external textures',
    'needs a render pipeline',
    "the file is about 'texture'",
    "outside the subset: the type 'sampler': samplers are outside the subset that this compiler translates",
    "device does not have feature: 'dual-source-blending'",
    "texture format 'rg16snorm' requires feature: 'texture-formats-tier1'",
    'Texture with r8unorm is not usable as a storage texture with access read-only',
    'format: astc-5x4-unorm-srgb does not support dimension: 1d',
  ])
    expect(isRendering(execution, reason), reason).toBe(true);
  for (const reason of [
    'no reason given',
    'workgroup size: 2816 > limit: 1024',
    "device does not have feature: 'shader-f16'",
    "outside the subset: 'd0' is read or written whole, which is supported up to 4096 scalars and vectors",
  ])
    expect(isRendering(execution, reason), reason).toBe(false);
  expect(isRendering('api/operation/render_pipeline/overrides', 'no reason given')).toBe(true);
});
