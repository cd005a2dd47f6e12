/**
 * The same programs here and on Dawn with SwiftShader: each step reports an error on both or on none, of the same
 * kind, and the buffers hold the same in the end.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GPUBufferUsage, GPUMapMode, GPUShaderStage, openDevice } from './device.ts';
import { openDawn, outcomeOf } from './open-dawn.ts';

const { MAP_READ, MAP_WRITE, COPY_SRC, COPY_DST, STORAGE, UNIFORM, INDIRECT } = GPUBufferUsage;

let devices: GPUDevice[];
beforeAll(async () => {
  devices = [await openDevice(), await openDawn()];
});
afterAll(async () => {
  for (const device of devices) {
    await device.queue.onSubmittedWorkDone();
    device.destroy();
  }
});

const KERNELS = {
  add: `
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) i: vec3u) {
  if (i.x < min(arrayLength(&a), arrayLength(&b))) { a[i.x] += 3 * b[i.x] + 1; }
}`,
  uniform: `
struct U { x: vec4u, y: u32 }
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@group(0) @binding(1) var<uniform> u: U;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) i: vec3u) {
  if (i.x < arrayLength(&a)) { a[i.x] = u.x[i.x % 4] ^ u.y; }
}`,
  immediate: `
struct G { x: u32, y: vec3u }
var<immediate> g: G;
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) i: vec3u) {
  if (i.x < min(arrayLength(&a), arrayLength(&b))) { a[i.x] = g.x * b[i.x] + g.y[i.x % 3]; }
}`,
} as const;
const kernel = fc.constantFrom('add' as const, 'uniform' as const, 'immediate' as const);

const size = fc.constantFrom(0, 4, 6, 16, 20, 32, 256, 260, 512);
const offset = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(4, 8, 16, 256) },
  { weight: 1, arbitrary: fc.constantFrom(2, 12, 128, 512) },
);
const usage = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      STORAGE | COPY_SRC | COPY_DST,
      STORAGE | UNIFORM | INDIRECT | COPY_SRC | COPY_DST,
      UNIFORM | COPY_SRC | COPY_DST,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      MAP_READ | COPY_DST,
      MAP_WRITE | COPY_SRC,
      MAP_READ | STORAGE,
      COPY_SRC,
      1 << 20,
    ),
  },
);
const buffer = fc.nat({ max: 3 });

const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), buffer, offset, size, seed: fc.nat() }),
  fc.record({
    kind: fc.constant('copy' as const),
    from: buffer,
    to: buffer,
    fromOffset: offset,
    toOffset: offset,
    size: fc.option(size, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('clear' as const),
    buffer,
    offset,
    size: fc.option(size, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('map' as const), buffer, mode: fc.constantFrom(0, 1, 2, 3), offset, size }),
  fc.record({ kind: fc.constant('destroy' as const), buffer }),
  fc.record({
    kind: fc.constant('dispatch' as const),
    kernel,
    immediates: fc.oneof(
      fc.constant([{ offset: 0, size: 28, seed: 1 }]),
      fc.array(
        fc.record({
          offset: fc.constantFrom(0, 2, 4, 16, 20, 60),
          // The specification throws for 6 bytes; this Dawn reports them.
          size: fc.constantFrom(4, 12, 28),
          seed: fc.nat(),
        }),
        { maxLength: 2 },
      ),
    ),
    bindings: fc.tuple(buffer, buffer),
    offsets: fc.tuple(offset, offset),
    sizes: fc.tuple(fc.option(size, { nil: undefined }), fc.option(size, { nil: undefined })),
    workgroups: fc.constantFrom(0, 1, 3, 70000),
    indirect: fc.option(fc.record({ buffer, offset }), { nil: undefined, freq: 4 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const program = fc.record({
  buffers: fc.array(fc.record({ size, usage }), { minLength: 4, maxLength: 4 }),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
});

const wordsFrom = (seed: number, count: number) =>
  Uint32Array.from({ length: count }, (_, i) => (Math.imul(seed + i, 2654435761) >>> 28) as number);

async function take(
  device: GPUDevice,
  pipelines: Record<keyof typeof KERNELS, GPUComputePipeline>,
  buffers: readonly GPUBuffer[],
  one: Step,
): Promise<void> {
  const { queue } = device;
  if (one.kind === 'write') {
    const words = wordsFrom(one.seed, Math.ceil(one.size / 4));
    queue.writeBuffer(buffers[one.buffer], one.offset, words.buffer as ArrayBuffer, 0, one.size);
    return;
  }
  if (one.kind === 'destroy') {
    buffers[one.buffer].destroy();
    return;
  }
  if (one.kind === 'map') {
    const mapped = buffers[one.buffer];
    await mapped.mapAsync(one.mode, one.offset, one.size);
    const range = new Uint8Array(mapped.getMappedRange(one.offset, one.size));
    if (one.mode === GPUMapMode.WRITE) range.fill(7);
    mapped.unmap();
    return;
  }
  const encoder = device.createCommandEncoder();
  if (one.kind === 'copy') {
    encoder.copyBufferToBuffer(buffers[one.from], one.fromOffset, buffers[one.to], one.toOffset, one.size);
  } else if (one.kind === 'clear') encoder.clearBuffer(buffers[one.buffer], one.offset, one.size);
  else {
    const pipeline = pipelines[one.kernel];
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: one.bindings.map((bound, binding) => ({
        binding,
        resource: { buffer: buffers[bound], offset: one.offsets[binding], size: one.sizes[binding] },
      })),
    });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (const { offset, size, seed } of one.immediates)
      pass.setImmediates(offset, wordsFrom(seed, 7).buffer as ArrayBuffer, 0, size);
    if (one.indirect) pass.dispatchWorkgroupsIndirect(buffers[one.indirect.buffer], one.indirect.offset);
    else pass.dispatchWorkgroups(one.workgroups);
    pass.end();
  }
  queue.submit([encoder.finish()]);
}

async function run(
  device: GPUDevice,
  { buffers, steps }: typeof program extends fc.Arbitrary<infer T> ? T : never,
) {
  const made: GPUBuffer[] = [];
  const outcomes: string[] = [];
  for (const descriptor of buffers) {
    outcomes.push(await outcomeOf(device, () => made.push(device.createBuffer(descriptor))));
  }
  const pipelines = Object.fromEntries(
    Object.entries(KERNELS).map(([name, code]) => {
      const module = device.createShaderModule({ code });
      return [name, device.createComputePipeline({ layout: 'auto', compute: { module } })];
    }),
  ) as Record<keyof typeof KERNELS, GPUComputePipeline>;
  for (const one of steps) outcomes.push(await outcomeOf(device, () => take(device, pipelines, made, one)));
  const contents: (number[] | string)[] = [];
  for (const [i, source] of made.entries()) {
    let words: number[] = [];
    const outcome = await outcomeOf(device, async () => {
      const bytes = Math.floor(buffers[i].size / 4) * 4;
      const copy = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, 0, copy, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await copy.mapAsync(GPUMapMode.READ);
      words = [...new Uint32Array(copy.getMappedRange())];
      copy.destroy();
    });
    contents.push(outcome.endsWith('no error') ? words : outcome);
    source.destroy();
  }
  return { outcomes, contents };
}

describe('programs', () => {
  it('do the same as on Dawn', async () => {
    let refused = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(program, async (one) => {
        const [ours, theirs] = [await run(devices[0], one), await run(devices[1], one)];
        expect(ours).toEqual(theirs);
        for (const outcome of ours.outcomes) outcome === 'returned, no error' ? accepted++ : refused++;
      }),
      { numRuns: 150 },
    );
    // Neither is rare, so that both are compared.
    expect(Math.min(refused, accepted)).toBeGreaterThan(150);
  });
});

describe('layouts', () => {
  const entry = fc.record({
    binding: fc.constantFrom(0, 1, 2, 999, 1000),
    visibility: fc.constantFrom(GPUShaderStage.COMPUTE, GPUShaderStage.COMPUTE | GPUShaderStage.VERTEX, 0, 8),
    type: fc.constantFrom('uniform' as const, 'storage' as const, 'read-only-storage' as const),
    hasDynamicOffset: fc.boolean(),
    minBindingSize: fc.constantFrom(0, 4, 16, 4096),
  });

  it('are valid where they are on Dawn, and fit the same kernels', async () => {
    const layouts = fc.array(fc.array(entry, { maxLength: 3 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        layouts,
        kernel,
        fc.constantFrom(0, 16, 28, 30, 32, 64, 68),
        async (groups, kernel, immediateSize) => {
          const outcomes = [];
          for (const device of devices) {
            const made: GPUBindGroupLayout[] = [];
            const one: string[] = [];
            for (const entries of groups) {
              const descriptor = {
                entries: entries.map(({ binding, visibility, ...buffer }) => ({
                  binding,
                  visibility,
                  buffer,
                })),
              };
              one.push(await outcomeOf(device, () => made.push(device.createBindGroupLayout(descriptor))));
            }
            let layout!: GPUPipelineLayout;
            one.push(
              await outcomeOf(device, () => {
                layout = device.createPipelineLayout({ bindGroupLayouts: made, immediateSize });
              }),
            );
            const module = device.createShaderModule({ code: KERNELS[kernel] });
            one.push(
              await outcomeOf(device, () => device.createComputePipeline({ layout, compute: { module } })),
            );
            outcomes.push(one);
          }
          expect(outcomes[0]).toEqual(outcomes[1]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('fit a kernel that they were made for', async () => {
    const fitting = (type: GPUBufferBindingType, minBindingSize: number) =>
      fc.record({
        type: fc.constant(type),
        minBindingSize: fc.constantFrom(0, minBindingSize, minBindingSize + 4),
      });
    await fc.assert(
      fc.asyncProperty(fitting('storage', 4), fitting('read-only-storage', 4), async (a, b) => {
        for (const device of devices) {
          const entries = [a, b].map((one, binding) => ({
            binding,
            visibility: GPUShaderStage.COMPUTE,
            buffer: one,
          }));
          const outcome = await outcomeOf(device, () => {
            const group = device.createBindGroupLayout({ entries });
            const layout = device.createPipelineLayout({ bindGroupLayouts: [group] });
            const module = device.createShaderModule({ code: KERNELS.add });
            device.createComputePipeline({ layout, compute: { module } });
          });
          expect(outcome).toBe('returned, no error');
        }
      }),
      { numRuns: 20 },
    );
  });
});
