import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableMath } from '../src/index.ts';

/** What V8's own functions gave in Node 26.10, as bits of the results. */
const recorded = {
  exp: [
    [1, '4005bf0a8b145769'],
    [-0.3, '3fe7b4c869c37c05'],
    [2.5, '40285d6fd931e0bb'],
    [-7.25, '3f47455fe323fafe'],
    [700.1, '7f1058614179b2a5'],
    [-744, '0000000000000002'],
    [1e-9, '3ff000000044b830'],
    // Where it goes another way, and the number beside that.
    [3.725290298461914e-9, '3ff0000001000000'],
    [-3.7252902984619136e-9, '3feffffffe000000'],
    [0.3465735912322998, '3ff6a09e66dbc8da'],
    [-0.34657359123229975, '3fe6a09e6622aec0'],
    [1.0397205352783203, '4006a09e0d126a0a'],
    [-1.03972053527832, '3fd6a09ebfec0ef2'],
    [709.78, '7fefe9ce5c4c52b4'],
    [-707.7, '00200d6be0b7ad5b'],
    [-708.5, '000e6cf6d08897ac'],
  ],
  log: [
    [0.1, 'c0026bb1bbb55515'],
    [0.999999, 'beb0c6f82d74d230'],
    [1.0000001, '3e7ad7f2847b6492'],
    [3, '3ff193ea7aad030a'],
    [5e-324, 'c0874385446d71c3'],
    [77.7, '40116952e37a90ac'],
  ],
  log1p: [
    [-0.9, 'c0026bb1bbb55516'],
    [-0.2, 'bfcc8ff7c79a9a22'],
    [1e-12, '3d719799812de065'],
    [0.3, '3fd0ca937be1b9dc'],
    [0.42, '3fd6712984ec8f15'],
    [5, '3ffcab0bfa2a2002'],
    [1e20, '4047069e2aa2aa5b'],
  ],
  log10: [
    [0.001, 'c008000000000000'],
    [0.5, 'bfd34413509f79ff'],
    [7e-320, 'c073f27a7f8c22b3'],
    [1e22, '4036000000000000'],
    [123.456, '4000bb6abfc968ef'],
  ],
} as const;
const names = Object.keys(recorded) as (keyof typeof recorded)[];

const bits = (value: number) =>
  new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16).padStart(16, '0');

describe('exp and logarithms with the same bits everywhere', () => {
  it.each(names)('%s has the bits that were recorded', (name) => {
    for (const [x, expected] of recorded[name])
      expect([x, bits(portableMath[name](x))]).toEqual([x, expected]);
  });

  it.each(names)('%s is within two ulp of this engine’s', (name) => {
    const numbers = fc.double({ noNaN: true, min: name === 'log1p' ? -1 : undefined });
    fc.assert(
      fc.property(fc.oneof(numbers, fc.double({ min: -30, max: 30, noNaN: true })), (x) => {
        const [own, theirs] = [portableMath[name](x), Math[name](x)];
        // Below 2^-1022 an ulp is 2^-1074.
        const most = 2 ** -51 * Math.abs(theirs) + 2 ** -1073;
        expect(Object.is(own, theirs) || Math.abs(own - theirs) <= most, `${x}: ${own}, ${theirs}`).toBe(
          true,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each(names)('%s of what is no number, or has no end', (name) => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, -2, 1]) {
      expect([x, portableMath[name](x)]).toEqual([x, name === 'exp' && x === 1 ? Math.E : Math[name](x)]);
    }
  });
});
