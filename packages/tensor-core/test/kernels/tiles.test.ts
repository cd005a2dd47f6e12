import {
  type Conv2dSpec,
  conv2dForward,
  conv2dInputGradient,
  conv2dWeightGradient,
  elementCount,
  type KernelPlan,
  type Machine,
  type MatmulSpec,
  machines,
  matmul,
  pack,
  type Tile,
  type Tunable,
  tunedMachine,
  zeroTailWords,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';
import { anyConv2d, values } from './conv2d/cases.ts';

const devices = await openTestDevices();

/** One for each kind of device: their short lists differ. */
const kinds: readonly Machine[] = [machines.cpu, machines.softwareGpu, machines.gpu, machines.wideCpu];

/** What a factory offers to a measurement. */
function tunableOf(build: (machine: Machine) => unknown, machine: Machine): Tunable {
  const found: Tunable[] = [];
  const measuredTile = (tunable: Tunable): undefined => {
    found.push(tunable);
  };
  build(tunedMachine(machine, measuredTile));
  expect(found.length).toBe(1);
  return found[0];
}

/** Runs a tunable's kernels on random inputs and returns the bits of what they wrote, padding included. */
async function bitsOf(
  device: Device,
  { tensors }: Tunable,
  { kernels, scratch }: KernelPlan,
): Promise<Uint32Array> {
  const output = kernels.at(-1)!.bindings.at(-1)!.name;
  const contents = Object.entries(tensors).map(([name, layout], seed) => {
    const words = new Float32Array(layout.size + zeroTailWords(layout));
    if (name !== output) pack(layout, values(elementCount(layout.shape), seed + 1), words);
    return [name, words] as const;
  });
  const emptied = Object.entries(scratch).map(([name, words]) => [name, new Float32Array(words)] as const);
  const buffers = new Map(
    [...contents, ...emptied].map(([name, words]) => {
      const buffer = device.createBuffer(words.byteLength, name);
      device.write(buffer, 0, words);
      return [name, buffer];
    }),
  );
  const view = (name: string) => ({ buffer: buffers.get(name)!, offset: 0, size: buffers.get(name)!.bytes });
  device.submit(
    kernels.map((kernel) => ({
      kernel: device.prepare(kernel),
      views: kernel.bindings.map(({ name }) => view(name)),
    })),
  );
  const { buffer, size } = view(output);
  const bits = new Uint32Array(await device.read(buffer, 0, size));
  for (const made of buffers.values()) device.destroyBuffer(made);
  return bits;
}

/** Draws a few candidates of a list: all of them for every shape would take minutes. */
const picks = fc.array(fc.nat(), { minLength: 2, maxLength: 2 });

describe.each(devices)('candidates with the same bits on $name', ({ device }) => {
  async function check(tunable: Tunable, draws: readonly number[]): Promise<void> {
    const same = tunable.candidates().filter(({ sameBits }) => sameBits);
    if (same.length === 0) return;
    const expected = await bitsOf(device, tunable, tunable.build());
    for (const draw of draws) {
      const { tile } = same[draw % same.length];
      const bits = await bitsOf(device, tunable, tunable.build(tile));
      const wrong = bits.findIndex((word, index) => word !== expected[index]);
      if (wrong >= 0) expect.fail(`${tunable.kernel} with ${JSON.stringify(tile)}: word ${wrong} differs`);
    }
  }

  const convolutions = {
    conv2dForward: (spec: Conv2dSpec) => (machine: Machine) => conv2dForward(spec, { bias: true }, machine),
    'conv2dForward, batch norm after it': (spec: Conv2dSpec) => (machine: Machine) =>
      conv2dForward(spec, { bias: true, relu: true, batchNorm: { relu: true } }, machine),
    conv2dInputGradient: (spec: Conv2dSpec) => (machine: Machine) => conv2dInputGradient(spec, {}, machine),
    conv2dWeightGradient: (spec: Conv2dSpec) => (machine: Machine) => conv2dWeightGradient(spec, machine),
  };
  it.each(Object.entries(convolutions))('%s', async (_, build) => {
    await fc.assert(
      fc.asyncProperty(anyConv2d, fc.constantFrom(...kinds), picks, (spec, machine, draws) =>
        check(tunableOf(build(spec), machine), draws),
      ),
      { numRuns: 8 },
    );
  });

  // So many images and so few blocks that the number of slices depends on how many blocks are counted.
  const sliced: Conv2dSpec = {
    batch: 24,
    inChannels: 4,
    height: 3,
    width: 3,
    outChannels: 36,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
  };
  it.each([sliced, { ...sliced, inChannels: 3 }, { ...sliced, inChannels: 36, outChannels: 3 }])(
    'conv2dWeightGradient of many slices, $inChannels to $outChannels channels, every tile',
    async (spec) => {
      for (const machine of kinds) {
        const tunable = tunableOf((chosen) => conv2dWeightGradient(spec, chosen), machine);
        await check(tunable, [...tunable.candidates().keys()]);
      }
    },
  );

  it('sums so long that they are cut into parts', async () => {
    const image = (inChannels: number, outChannels: number, height: number, kernel: number): Conv2dSpec => ({
      batch: 2,
      inChannels,
      height,
      width: height,
      outChannels,
      kernel: [kernel, kernel],
      stride: [1, 1],
      padding: [1, 1],
    });
    const specs = [image(300, 8, 3, 3), image(66, 5, 8, 6), image(3, 6, 31, 28), image(300, 2, 3, 3)];
    const products: MatmulSpec[] = [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({ m: 33, n: 37, k: 5001, transposeA, transposeB })),
    );
    for (const machine of kinds) {
      for (const spec of specs) {
        const tunable = tunableOf((chosen) => conv2dForward(spec, { bias: true }, chosen), machine);
        await check(tunable, [1, 3, 5, 8, 11]);
      }
      for (const spec of device.machine.kind === 'software-gpu' ? products.slice(0, 1) : products) {
        await check(
          tunableOf((chosen) => matmul(spec, chosen), machine),
          [1, 4, 7],
        );
      }
    }
  });

  it('matmul', async () => {
    const size = fc.constantFrom(1, 3, 5, 8, 17, 33, 130);
    const anyProduct: fc.Arbitrary<MatmulSpec> = fc.record({
      m: size,
      k: size,
      n: size,
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      bias: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(anyProduct, fc.constantFrom(...kinds), picks, (spec, machine, draws) =>
        check(
          tunableOf((chosen) => matmul(spec, chosen), machine),
          draws,
        ),
      ),
      { numRuns: 10 },
    );
  });
});

describe.each(devices)('vectors of 8 numbers on $name', ({ device }) => {
  const anySpec = fc.oneof(
    anyConv2d.map((spec) => [
      (machine: Machine) => conv2dForward(spec, { bias: true }, machine),
      (machine: Machine) => conv2dInputGradient(spec, {}, machine),
      (machine: Machine) => conv2dWeightGradient(spec, machine),
    ]),
    fc
      .record({
        m: fc.integer({ min: 1, max: 40 }),
        n: fc.integer({ min: 1, max: 70 }),
        k: fc.integer({ min: 1, max: 200 }),
      })
      .chain((size) =>
        fc
          .record({ transposeA: fc.boolean(), transposeB: fc.boolean() })
          .map((transposed) => [(machine: Machine) => matmul({ ...size, ...transposed }, machine)]),
      ),
  );

  it('give the bits of vectors of 4, with tiles twice as wide', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (kernels) => {
        for (const build of kernels) {
          const [narrow, wide] = [machines.cpu, machines.wideCpu].map((machine) => tunableOf(build, machine));
          expect(await bitsOf(device, wide, wide.build())).toEqual(
            await bitsOf(device, narrow, narrow.build()),
          );
        }
      }),
      runs(device, 15),
    );
  });
});

describe('short lists', () => {
  const layer: Conv2dSpec = {
    batch: 64,
    inChannels: 16,
    height: 14,
    width: 14,
    outChannels: 32,
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  };
  const across = (machine: Machine) =>
    tunableOf((chosen) => conv2dForward(layer, {}, chosen), machine)
      .candidates()
      .filter(({ tile }) => 'across' in tile).length;

  it('offer workgroup memory to hardware only, and no duplicate', () => {
    expect(kinds.map(across).map((count) => count > 0)).toEqual([false, false, true, false]);
    for (const machine of kinds) {
      const tiles = tunableOf((chosen) => conv2dForward(layer, {}, chosen), machine)
        .candidates()
        .map(({ tile }) => JSON.stringify(tile));
      expect(new Set(tiles).size).toBe(tiles.length);
      expect(tiles.length).toBeLessThan(20);
    }
  });

  it('say where another tile changes the order of summation', () => {
    const split = tunableOf((chosen) => matmul({ m: 4, k: 512, n: 4 }, chosen), kinds[2]).candidates();
    for (const { tile, sameBits } of split) expect(sameBits).toBe(!('parts' in tile));
    const slices = tunableOf((chosen) => conv2dWeightGradient(layer, chosen), kinds[2]).candidates();
    for (const { tile, sameBits } of slices) expect(sameBits).toBe(!('imagesPerSlice' in tile));
    expect(slices.some(({ sameBits }) => !sameBits)).toBe(true);
  });

  it('tiles that cannot be built are refused with the kernel and the number', () => {
    const tile: Tile = { pixels: 0, channels4: 1 };
    expect(() => tunableOf((chosen) => conv2dForward(layer, {}, chosen), kinds[0]).build(tile)).toThrow(
      /conv2dForward: the tile's pixels is 0/,
    );
  });
});
