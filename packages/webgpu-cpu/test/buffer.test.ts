/** The states of buffers and of their mappings. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf, GPUBufferUsage, GPUMapMode, openDevice, storage, wordsOf } from './device.ts';

const { MAP_READ, MAP_WRITE, COPY_SRC, COPY_DST, STORAGE } = GPUBufferUsage;
let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

const readable = (size = 16) => device.createBuffer({ size, usage: MAP_READ | COPY_DST });

describe('mapping', () => {
  it('goes from unmapped over pending to mapped, and back', async () => {
    const buffer = readable();
    expect(buffer.mapState).toBe('unmapped');
    const mapped = buffer.mapAsync(GPUMapMode.READ);
    expect(buffer.mapState).toBe('pending');
    await mapped;
    expect(buffer.mapState).toBe('mapped');
    const array = buffer.getMappedRange();
    expect(array.byteLength).toBe(16);
    buffer.unmap();
    expect(buffer.mapState).toBe('unmapped');
    expect(array.byteLength).toBe(0);
    expect(() => buffer.getMappedRange()).toThrow('is not mapped');
  });

  it('is refused while it is asked for, ended by unmap and destroy', async () => {
    for (const end of ['unmap', 'destroy'] as const) {
      const buffer = readable();
      const first = buffer.mapAsync(GPUMapMode.READ);
      const second = buffer.mapAsync(GPUMapMode.READ);
      buffer[end]();
      await expect(second).rejects.toMatchObject({ name: 'OperationError' });
      await expect(first).rejects.toMatchObject({ name: 'AbortError' });
      expect(buffer.mapState).toBe('unmapped');
    }
  });

  it('rejects and reports what is not allowed', async () => {
    const cases: [GPUBuffer, number, number?, number?][] = [
      [readable(), GPUMapMode.WRITE],
      [readable(), 0],
      [readable(), GPUMapMode.READ, 4],
      [readable(), GPUMapMode.READ, 0, 3],
      [readable(), GPUMapMode.READ, 8, 12],
      [storage(device, [1]), GPUMapMode.READ],
    ];
    for (const [buffer, ...args] of cases) {
      let mapped: Promise<unknown> = Promise.resolve();
      const error = await errorOf(device, () => {
        mapped = buffer.mapAsync(...args);
      });
      expect(error).toMatch(/^mapAsync: /);
      expect(buffer.mapState).toBe('pending');
      await expect(mapped).rejects.toMatchObject({ name: 'OperationError', message: error });
      expect(buffer.mapState).toBe('unmapped');
    }
  });

  it('gives each byte out once', async () => {
    const buffer = readable(64);
    await buffer.mapAsync(GPUMapMode.READ, 16, 32);
    expect(() => buffer.getMappedRange()).toThrow('outside of what is mapped');
    expect(buffer.getMappedRange(16, 8).byteLength).toBe(8);
    expect(() => buffer.getMappedRange(16, 16)).toThrow('given out before');
    expect(() => buffer.getMappedRange(20, 4)).toThrow('multiple of 8');
    expect(() => buffer.getMappedRange(24, 6)).toThrow('multiple of 4');
    expect(buffer.getMappedRange(24, 24).byteLength).toBe(24);
  });

  it('writes what was written, and only in WRITE mode', async () => {
    const source = storage(device, [1, 2, 3, 4]);
    const reader = readable();
    const writer = device.createBuffer({ size: 16, usage: MAP_WRITE | COPY_SRC });
    for (const [buffer, mode] of [
      [reader, GPUMapMode.READ],
      [writer, GPUMapMode.WRITE],
    ] as const) {
      await buffer.mapAsync(mode);
      new Uint32Array(buffer.getMappedRange(8, 8)).set([7, 8]);
      buffer.unmap();
    }
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(writer, source);
    device.queue.submit([encoder.finish()]);
    expect(await wordsOf(device, source)).toEqual([0, 0, 7, 8]);
    await reader.mapAsync(GPUMapMode.READ);
    expect([...new Uint32Array(reader.getMappedRange())]).toEqual([0, 0, 0, 0]);
  });

  it('shows what was submitted before, and not what came after', async () => {
    const buffer = readable();
    device.queue.writeBuffer(buffer, 0, Uint32Array.of(1));
    const mapped = buffer.mapAsync(GPUMapMode.READ);
    expect(await errorOf(device, () => device.queue.writeBuffer(buffer, 0, Uint32Array.of(2)))).toContain(
      'is being mapped',
    );
    await mapped;
    expect(new Uint32Array(buffer.getMappedRange())[0]).toBe(1);
  });
});

describe('buffers', () => {
  it('name what is wrong with a descriptor', async () => {
    const error = (descriptor: GPUBufferDescriptor) => errorOf(device, () => device.createBuffer(descriptor));
    expect(await error({ size: 4, usage: 0 })).toContain('the usage 0');
    expect(await error({ size: 4, usage: MAP_READ | STORAGE, label: 'x' })).toBe(
      "createBuffer 'x': the usage MAP_READ goes with COPY_DST only, not with STORAGE",
    );
    expect(await error({ size: 2 ** 29, usage: STORAGE })).toContain('maxBufferSize');
    expect(() => device.createBuffer({ size: -1, usage: STORAGE })).toThrow(TypeError);
    expect(() => device.createBuffer({ size: 3, usage: STORAGE, mappedAtCreation: true })).toThrow(
      RangeError,
    );
  });

  it('say when memory is missing', async () => {
    const large = await openDevice({ threads: 1 }, { requiredLimits: { maxBufferSize: 2 ** 31 } });
    large.pushErrorScope('out-of-memory');
    const [first, second] = [1, 2].map(() =>
      large.createBuffer({ size: 2 ** 31, usage: STORAGE | COPY_DST }),
    );
    expect((await large.popErrorScope())?.constructor.name).toBe('GPUOutOfMemoryError');
    const write = (buffer: GPUBuffer) => () =>
      large.queue.writeBuffer(buffer, 2 ** 31 - 4, new Uint32Array(1));
    expect(await errorOf(large, write(first))).toBeNull();
    expect(await errorOf(large, write(second))).toContain('is not valid');
    large.destroy();
  });

  it('cannot be used once they are destroyed or while they are mapped', async () => {
    const target = storage(device, [0]);
    const submit = (source: GPUBuffer) => () => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, target);
      device.queue.submit([encoder.finish()]);
    };
    const destroyed = storage(device, [1]);
    destroyed.destroy();
    expect(await errorOf(device, submit(destroyed))).toContain('was destroyed');
    const mapped = device.createBuffer({ size: 4, usage: COPY_SRC, mappedAtCreation: true });
    expect(await errorOf(device, submit(mapped))).toContain('call unmap() before');
    mapped.unmap();
    expect(await errorOf(device, submit(mapped))).toBeNull();
  });

  it('keep what was written to them, wherever it was', async () => {
    const size = 32;
    const write = fc.record({
      offset: fc.nat({ max: size - 1 }),
      words: fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 8 }),
      how: fc.constantFrom('array', 'buffer', 'part'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
        const buffer = storage(device, new Array(size).fill(9));
        const model = new Array<number>(size).fill(9);
        for (const { offset, words, how } of writes) {
          const fitting = words.slice(0, size - offset);
          const data = Uint32Array.from(fitting);
          if (how === 'array') device.queue.writeBuffer(buffer, 4 * offset, data);
          else if (how === 'buffer') device.queue.writeBuffer(buffer, 4 * offset, data.buffer);
          else {
            const around = Uint32Array.of(5, ...fitting, 6);
            device.queue.writeBuffer(buffer, 4 * offset, around, 1, fitting.length);
          }
          model.splice(offset, fitting.length, ...fitting);
        }
        expect(await wordsOf(device, buffer)).toEqual(model);
        buffer.destroy();
      }),
      { numRuns: 40 },
    );
  });

  it('refuse data that is not there', () => {
    const buffer = storage(device, [0, 0]);
    const { queue } = device;
    expect(() => queue.writeBuffer(buffer, 0, new Uint8Array(8), 4, 8)).toThrow('outside of data');
    expect(() => queue.writeBuffer(buffer, 0, new Uint8Array(3))).toThrow('multiple of 4');
    expect(() => queue.writeBuffer(buffer, 0, 'text' as never)).toThrow(TypeError);
  });
});
