/** Error scopes, uncaptured errors, and the loss of a device. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { create, globals } from '../src/index.ts';
import { dispatch, errorOf, GPUBufferUsage, openDevice, pipelineOf, storage, wordsOf } from './device.ts';

const { STORAGE } = GPUBufferUsage;
let device: GPUDevice;
/** No second one fits into the memory. It is named here, since the memory of a forgotten buffer is free. */
let half: GPUBuffer;
beforeAll(async () => {
  device = await openDevice({ threads: 1 }, { requiredLimits: { maxBufferSize: 2 ** 31 } });
  half = device.createBuffer({ size: 2 ** 31, usage: STORAGE });
});
afterAll(() => {
  half.destroy();
  device.destroy();
});

const FILTERS = ['validation', 'out-of-memory', 'internal'] as const;

/** Makes an error of a kind, which names `n`. */
function fail(filter: GPUErrorFilter, n: number): void {
  if (filter === 'validation') device.createBuffer({ size: 4, usage: 0, label: `n${n}` });
  else if (filter === 'out-of-memory') device.createBuffer({ size: 2 ** 31, usage: STORAGE });
  else {
    // Copied whole, which is not compiled.
    const large = 'array<f32, 5000>';
    pipelineOf(
      device,
      `@group(0) @binding(0) var<storage, read_write> a: ${large};
      @group(0) @binding(1) var<storage, read_write> b: ${large};
      @compute @workgroup_size(1) fn main() { a = b; }`,
    );
  }
}

describe('error scopes', () => {
  it('catch their kind, the innermost first, and the first error of each', async () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ push: fc.constantFrom(...FILTERS) }) },
      { weight: 4, arbitrary: fc.record({ fail: fc.constantFrom('validation', 'out-of-memory' as const) }) },
      { weight: 2, arbitrary: fc.constant({ pop: true }) },
    );
    const uncaptured = vi.fn((event: Event) => event.preventDefault());
    device.addEventListener('uncapturederror', uncaptured);
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
        const model: { filter: GPUErrorFilter; error: string | null }[] = [];
        const pops: [Promise<GPUError | null>, string | null | undefined][] = [];
        let outside = 0;
        uncaptured.mockClear();
        for (const [n, step] of actions.entries()) {
          if ('push' in step) {
            device.pushErrorScope(step.push);
            model.push({ filter: step.push, error: null });
          } else if ('fail' in step) {
            fail(step.fail, n);
            const scope = model.findLast(({ filter }) => filter === step.fail);
            if (!scope) outside++;
            else scope.error ??= step.fail === 'validation' ? `'n${n}'` : 'memory';
          } else pops.push([device.popErrorScope(), model.pop()?.error]);
        }
        while (model.length > 0) pops.push([device.popErrorScope(), model.pop()!.error]);
        for (const [popped, expected] of pops) {
          if (expected === undefined) await expect(popped).rejects.toMatchObject({ name: 'OperationError' });
          else if (expected === null) expect(await popped).toBeNull();
          else expect((await popped)?.message).toContain(expected);
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
        expect(uncaptured).toHaveBeenCalledTimes(outside);
      }),
      { numRuns: 30 },
    );
    device.removeEventListener('uncapturederror', uncaptured);
  });

  it('tell kernels that are too large from those that are wrong', async () => {
    device.pushErrorScope('internal');
    fail('internal', 0);
    const error = await device.popErrorScope();
    expect(error).toBeInstanceOf(globals.GPUInternalError);
    expect(error?.message).toContain('read or written whole');
  });

  it('take only the filters that there are', () => {
    expect(() => device.pushErrorScope('all' as never)).toThrow(TypeError);
  });
});

describe('uncaptured errors', () => {
  it('go to listeners in their order, and are shown unless one prevents it', async () => {
    const shown = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const calls: string[] = [];
    const listener = () => calls.push('listener');
    device.onuncapturederror = () => calls.push('first');
    device.addEventListener('uncapturederror', listener);
    device.onuncapturederror = ({ error }) => calls.push(error.message);
    device.createBuffer({ size: 4, usage: 0 });
    await vi.waitFor(() => expect(shown).toHaveBeenCalledTimes(1));
    expect(calls).toEqual(['createBuffer: the usage 0 is none that buffers have', 'listener']);
    device.onuncapturederror = (event) => event.preventDefault();
    device.createBuffer({ size: 4, usage: 0 });
    await vi.waitFor(() => expect(calls).toHaveLength(3));
    expect(shown).toHaveBeenCalledTimes(1);
    device.onuncapturederror = null;
    device.removeEventListener('uncapturederror', listener);
    shown.mockRestore();
  });
});

describe('a lost device', () => {
  it('is lost by destroy, once, and unmaps its buffers', async () => {
    const own = await openDevice();
    const mapped = own.createBuffer({ size: 8, usage: STORAGE, mappedAtCreation: true });
    const array = mapped.getMappedRange();
    const pending = own.createBuffer({ size: 8, usage: GPUBufferUsage.MAP_READ }).mapAsync(1);
    own.destroy();
    own.destroy();
    expect(await own.lost).toMatchObject({ reason: 'destroyed' });
    expect(array.byteLength).toBe(0);
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does nothing more, and reports nothing more', async () => {
    const own = await openDevice();
    const pipeline = pipelineOf(own, '@compute @workgroup_size(1) fn main() {}');
    own.pushErrorScope('validation');
    own.destroy();
    const buffer = own.createBuffer({ size: 4, usage: 0, mappedAtCreation: true });
    expect(buffer.getMappedRange().byteLength).toBe(4);
    own.createShaderModule({ code: 'nonsense' });
    const encoder = own.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.dispatchWorkgroups(1);
    pass.end();
    own.queue.submit([encoder.finish()]);
    own.queue.writeBuffer(buffer, 0, new Uint32Array(1));
    await own.queue.onSubmittedWorkDone();
    expect(await own.popErrorScope()).toBeNull();
  });

  it.each([1, 2])('is lost by a kernel that does not end, with its name (%i threads)', async (threads) => {
    const own = await openDevice({ threads, operationLimit: 1e6 });
    const code = `
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@compute @workgroup_size(1) fn main() { while (a[0] == 0u) { a[1]++; } }`;
    const module = own.createShaderModule({ code });
    const pipeline = own.createComputePipeline({ label: 'spinner', layout: 'auto', compute: { module } });
    const a = storage(own, [0, 0]);
    dispatch(own, pipeline, [a], 8);
    const { reason, message } = await own.lost;
    expect(reason).toBe('unknown');
    expect(message).toContain("kernel 'spinner' does not end");
    expect(message).toContain('3:41');
    expect(own.createBuffer({ size: 4, usage: STORAGE })).toBeInstanceOf(globals.GPUBuffer);
  });

  it('does not touch another one', async () => {
    const [own, other] = [await openDevice(), await openDevice()];
    const buffer = storage(other, [1, 2]);
    own.destroy();
    expect(await wordsOf(other, buffer)).toEqual([1, 2]);
    expect(await errorOf(device, () => device.queue.writeBuffer(buffer, 0, new Uint32Array(1)))).toContain(
      'another device',
    );
    other.destroy();
  });
});

describe('adapters', () => {
  it('give one device, with limits and features that there are', async () => {
    const gpu = create({ threads: 1 });
    const adapter = await gpu.requestAdapter();
    const request = (descriptor: object) => adapter!.requestDevice(descriptor as never);
    await expect(request({ requiredFeatures: ['shader-f64'] })).rejects.toThrow(
      "'shader-f64' is not supported",
    );
    await expect(request({ requiredLimits: { maxBindGroup: 4 } })).rejects.toThrow(
      "did you mean 'maxBindGroups'",
    );
    await expect(request({ requiredLimits: { maxBindGroups: 5 } })).rejects.toMatchObject({
      name: 'OperationError',
    });
    const own = await request({ label: 'own', requiredLimits: { maxStorageBuffersPerShaderStage: 10 } });
    expect(own.limits.maxStorageBuffersPerShaderStage).toBe(10);
    expect(own.limits.maxUniformBuffersPerShaderStage).toBe(12);
    expect([...own.features]).toEqual(['core-features-and-limits']);
    expect(() => (own.features as Set<string>).add('x')).toThrow(TypeError);
    await expect(request({})).rejects.toMatchObject({ name: 'OperationError' });
    expect(await gpu.requestAdapter({ featureLevel: 'extreme' })).toBeNull();
    own.destroy();
  });

  it('take options as an object or a list, and no others', () => {
    expect(create([])).toBeInstanceOf(globals.GPU);
    expect(create(['threads=2'])).toBeInstanceOf(globals.GPU);
    expect(() => create(['backend=vulkan'])).toThrow("there is no option 'backend'");
    expect(() => create({ threads: 0 })).toThrow('threads must be');
    expect(() => create({ thread: 1 } as never)).toThrow("did you mean 'threads'");
  });
});
