import { describe, expect, it } from 'vitest';
import { whole } from './support.ts';

describe('geometry', () => {
  const a = [1, -2, 3, 0.5];
  const b = [4, 0.25, -1, 2];
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  it('dot and length of every size count only their own components', () => {
    const got = whole('vec4(dot(a.xy, b.xy), dot(a.xyz, b.xyz), dot(a, b), length(a.xyz))', a, b);
    expect(got).toEqual([3.5, 0.5, 1.5, Math.fround(Math.sqrt(14))]);
    expect(whole('vec4(distance(a.xy, b.xy), length(a.x), distance(a.z, b.z), length(a))', a, b)).toEqual(
      [Math.hypot(3, 2.25), 1, 4, Math.sqrt(dot(a, a))].map(Math.fround),
    );
  });
  it('cross, normalize, reflect, refract, faceForward', () => {
    expect(whole('vec4(cross(a.xyz, b.xyz), 9.0)', a, b)).toEqual([
      -2 * -1 - 3 * 0.25,
      3 * 4 - 1 * -1,
      1 * 0.25 + 2 * 4,
      9,
    ]);
    whole('normalize(a)', a).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] / Math.sqrt(dot(a, a)), 6);
    });
    whole('reflect(a, b)', a, b).forEach((value, i) => {
      expect(value).toBe(a[i] - 2 * 1.5 * b[i]);
    });
    expect(whole('faceForward(a, b, a)', a, b)).toEqual(a.map((x) => -x));
    expect(whole('faceForward(a, b, -a)', a, b)).toEqual(a);
    const [x, n] = [
      [0.6, -0.8, 0, 0],
      [0, 1, 0, 0],
    ];
    const k = 1 - 0.25 * (1 - 0.64);
    whole('refract(a, b, 0.5)', x, n).forEach((value, i) => {
      expect(value).toBeCloseTo(0.5 * x[i] - (0.5 * -0.8 + Math.sqrt(k)) * n[i], 6);
    });
    expect(whole('refract(a, b, 2.0)', [0.8, -0.6, 0, 0], n)).toEqual([0, 0, 0, 0]);
  });
  it('select, any and all', () => {
    expect(whole('select(a, b, a < b)', a, b)).toEqual(a.map((x, i) => Math.max(x, b[i])));
    expect(whole('select(a, b, a.x < b.x)', a, b)).toEqual(b);
    expect(
      whole(
        'vec4<f32>(vec4(any(a.xy > b.xy), all(a.xyz < vec3(4.0)), any((a > b).xyw), all(a > vec4(-3.0))))',
        a,
        b,
      ),
    ).toEqual([0, 1, 0, 1]);
  });
});
