import { create, globals } from '@glassbox/webgpu-cpu';
import { expect, test } from 'vitest';

Object.assign(globalThis, globals);
const code = `
@group(0) @binding(0) var image: texture_2d<f32>;
@group(0) @binding(1) var blurred: texture_storage_2d<rgba8unorm, write>;
@compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3u) {
  let last = vec2i(textureDimensions(image)) - 1;
  var sum = vec4f();
  for (var y = -1; y <= 1; y++) {
    for (var x = -1; x <= 1; x++) {
      sum += textureLoad(image, clamp(vec2i(id.xy) + vec2(x, y), vec2i(), last), 0);
    }
  }
  textureStore(blurred, id.xy, sum / 9);
}`;

test('a blur is a mean of nine texels', async () => {
  const adapter = await create({ threads: 1 }).requestAdapter();
  const device = await adapter!.requestDevice();
  const [width, height] = [64, 48];
  const { TEXTURE_BINDING, STORAGE_BINDING, COPY_SRC, COPY_DST } = GPUTextureUsage;
  const format = 'rgba8unorm';
  const image = device.createTexture({ size: [width, height], format, usage: TEXTURE_BINDING | COPY_DST });
  const blurred = device.createTexture({ size: [width, height], format, usage: STORAGE_BINDING | COPY_SRC });
  const texels = new Uint8Array(4 * width * height);
  texels.set([90, 180, 255, 0], 4 * (10 * width + 20)); // one dot
  device.queue.writeTexture({ texture: image }, texels, { bytesPerRow: 4 * width }, [width, height]);
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const entries = [image, blurred].map((texture, binding) => ({ binding, resource: texture.createView() }));
  const size = 4 * width * height;
  const result = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(width / 8, height / 8);
  pass.end();
  encoder.copyTextureToBuffer({ texture: blurred }, { buffer: result, bytesPerRow: 4 * width }, [
    width,
    height,
  ]);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(result.getMappedRange());
  const at = (x: number, y: number) => [...bytes.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
  expect([at(19, 9), at(21, 11)]).toEqual([
    [10, 20, 28, 0],
    [10, 20, 28, 0],
  ]);
  expect([at(18, 9), at(22, 10)].flat()).toEqual(new Array(8).fill(0));
  device.destroy();
});
