import { openDevice } from '@glassbox/tensor-core';
import { type Kernel, machines } from '@glassbox/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { representatives } from '../../../packages/wgsl-kernels/wgsl/list.ts';
import { BoundExample } from '../../src/kernel/bound-example.ts';
import { kernelEntries } from '../../src/kernel/index.ts';
import { ownKernel } from '../../src/kernel/own-kernel.ts';
import { subjectOf } from '../../src/kernel/subject.ts';

const { cpu, gpu } = machines;
const device = await openDevice({ device: 'wasm', threads: 1 });
afterAll(() => device.destroy());

/** The entry's own shape, with a small batch. */
const smallShape = (name: string) => {
  const { shape } = kernelEntries[name];
  return shape.length === 4 ? [3, ...shape.slice(1)] : shape;
};

/** The same bindings, and no work. */
const idle = ({ wgsl, bindings }: Kernel) =>
  `${wgsl.match(/^@group.*$/gm)!.join('\n')}
@compute @workgroup_size(1) fn main() { ${bindings.map(({ name }) => `_ = &${name};`).join(' ')} }`;

describe('every kernel that can be compared', () => {
  it.each(Object.keys(kernelEntries))(
    '%s agrees with its twin; one that does nothing does not',
    async (name) => {
      const wanted = { name, shape: smallShape(name) };
      const { example } = subjectOf(wanted, device.machine);
      for (const part of example.kernels.keys()) {
        const subject = subjectOf({ ...wanted, part: part + 1 }, device.machine);
        const { kernel, note } = ownKernel(subject.builtIn.wgsl, subject.builtIn);
        expect(note).toBeUndefined();
        expect(kernel.workgroups).toEqual(subject.builtIn.workgroups);
        const bound = new BoundExample(device, subject);
        if (part === 0) expect(await bound.check(kernel)).toBeUndefined();
        const nothing = ownKernel(idle(subject.builtIn), subject.builtIn);
        expect(await bound.check(nothing.kernel), subject.builtIn.name).toBeDefined();
        bound.destroy();
      }
    },
  );
});

it('has a kernel of every factory of the project', () => {
  const built = new Set(
    Object.keys(kernelEntries).flatMap((name) =>
      [gpu, cpu].flatMap((machine) =>
        subjectOf({ name }, machine).example.kernels.map((kernel) => kernel.name),
      ),
    ),
  );
  // What checks memory while one debugs computes nothing; joined kernels are others in one dispatch.
  const others = ['zeroCheck', 'joinKernels'];
  for (const factory of new Set(representatives.map((each) => each.factory))) {
    if (others.includes(factory)) continue;
    const made = representatives.filter((each) => each.factory === factory).flatMap(({ kernels }) => kernels);
    expect(
      made.some(({ name }) => built.has(name)),
      factory,
    ).toBe(true);
  }
});
