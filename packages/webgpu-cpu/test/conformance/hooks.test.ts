/** What the conformance suite's tests meet. The suite itself is no part of this project. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installHooks, type Tally, withoutUnusedTextures } from '../../conformance/hooks.ts';
import { errorOf, openDevice, pipelineOf } from '../device.ts';

class Skipped extends Error {}

const tally: Tally = { valid: 0, invalid: 0, outside: 0, dispatches: 0 };
let device: GPUDevice;
beforeAll(async () => {
  installHooks((reason) => {
    throw new Skipped(reason);
  }, tally);
  device = await openDevice();
});
afterAll(() => device.destroy());

describe('the hooks of the conformance run', () => {
  it('skip what is outside the subset, and leave the scopes of the suite as they were', async () => {
    for (const filter of ['validation', 'internal', 'out-of-memory'] as const) device.pushErrorScope(filter);
    device.pushErrorScope('validation');
    expect(() => device.createShaderModule({ code: 'var<private> m: texture_cube<f32>;' })).toThrow(Skipped);
    device.pushErrorScope('validation');
    expect(() => device.createTexture({ size: [1], format: 'r32float', usage: 16 })).toThrow(
      'needs render attachments',
    );
    for (let n = 0; n < 3; n++) expect(await device.popErrorScope()).toBeNull();
    await expect(device.popErrorScope()).rejects.toThrow('no error scope');
    expect(tally.outside).toBe(1);
  });

  it('leave errors of programs as they are, and count', async () => {
    const { valid, invalid } = tally;
    expect(await errorOf(device, () => device.createShaderModule({ code: 'const a = b;' }))).toContain(
      '1:11',
    );
    expect(
      await errorOf(device, () => pipelineOf(device, '@compute @workgroup_size(1) fn main() {}')),
    ).toBeNull();
    expect(tally).toMatchObject({ valid: valid + 1, invalid: invalid + 1 });
  });

  it('skip what the back end refuses', () => {
    const code = `@group(0) @binding(0) var<storage, read_write> a: array<f32, 5000>;
    @compute @workgroup_size(1) fn main() { let b = a; a[1] = b[0]; }`;
    expect(() => pipelineOf(device, code)).toThrow('read or written whole');
  });

  it('can leave out textures and samplers that a module only declares', () => {
    const declared = (name: string, type: string) => `@group(0) @binding(0) var ${name} : ${type};`;
    const unused = declared('t', 'texture_2d<f32>') + declared('s', 'sampler');
    const used = declared('u', 'texture_storage_2d<rgba8unorm, read>');
    const rest = 'fn f() { _ = textureDimensions(u); } fn st() {}';
    expect(withoutUnusedTextures(unused + used + rest)).toBe(used + rest);
  });
});
