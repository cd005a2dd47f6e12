import { describe, expect, it } from 'vitest';
import { checkModule } from '../../src/complete.ts';
import { WgslError } from '../../src/syntax/diagnostics.ts';

/**
 * Constructs of WGSL that are not translated: a program, the place of the refusal, and the name that the message must
 * hold.
 */
const OUTSIDE: [source: string, place: string, name: string][] = [
  ['requires buffer_view;', '1:10', "'buffer_view'"],
  ['requires texture_formats_tier1;', '1:10', "'texture_formats_tier1'"],
  ['@group(0) @binding(0) var t: texture_cube<f32>;', '1:30', "'texture_cube'"],
  ['@group(0) @binding(0) var s: sampler;', '1:30', "'sampler'"],
  ['@group(0) @binding(0) var t: texture_storage_2d<r8unorm, write>;', '1:49', "'r8unorm'"],
  ['@group(0) @binding(0) var t: texture_depth_2d;', '1:30', "'texture_depth_2d'"],
  ['fn f(i: u32) { var v = vec4f(); v.xy[i] = 1; }', '1:33', 'swizzle'],
  ['fn f() { let x = array<i32, 100000>()[1]; }', '1:18', "'array<i32, 100000>'"],
];

describe('constructs outside the subset', () => {
  it.each(OUTSIDE)('%s', (source, place, name) => {
    let refused: unknown;
    try {
      checkModule(source);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(WgslError);
    const error = refused as WgslError;
    expect(error.kind).toBe('subset');
    expect(`${error.line}:${error.column}`).toBe(place);
    expect(error.message).toContain(name);
    expect(error.message).toContain('outside the subset');
  });
});
