/** What kernels decide by a single fact about the machine, where results cannot show it. */
import { expect, it } from 'vitest';
import {
  type Conv2dSpec,
  conv2dForward,
  conv2dWeightGradient,
  type KernelPlan,
  type Machine,
  machines,
  type Tunable,
  tunedMachine,
} from '../src/index.ts';

const spec: Conv2dSpec = {
  batch: 4,
  inChannels: 8,
  height: 8,
  width: 8,
  outChannels: 16,
  kernel: [2, 2],
  stride: [1, 1],
  padding: [0, 0],
};

/** A named constant of the first kernel. */
function constant({ kernels: [{ wgsl }] }: KernelPlan, name: string): number {
  return Number(wgsl.match(new RegExp(`const ${name} = (\\d+)u`))![1]);
}

it('where loads are costly, an invocation computes more pixels', () => {
  const pixels = (machine: Machine) => constant(conv2dForward(spec, {}, machine), 'PIXELS');
  expect(pixels(machines.softwareGpu)).toBe(8);
  expect(pixels(machines.gpu)).toBe(2);
  expect(pixels({ ...machines.gpu, loads: 'costly' })).toBe(8);
});

it('wider vectors make wider tiles', () => {
  const pixels = (machine: Machine) => constant(conv2dForward(spec, {}, machine), 'PIXELS');
  expect(pixels(machines.cpu)).toBe(2);
  expect(pixels(machines.wideCpu)).toBe(4);
});

it('tiles in workgroup memory are measured only where that memory is fast', () => {
  const forms = (machine: Machine) => {
    const found: unknown[] = [];
    const measuredTile = ({ candidates }: Tunable): undefined => {
      found.push(...candidates().map(({ tile }) => tile.form));
    };
    conv2dForward(spec, {}, tunedMachine(machine, measuredTile));
    return new Set(found);
  };
  expect(forms(machines.gpu)).toContain('workgroup');
  for (const machine of [machines.softwareGpu, machines.cpu, machines.wideCpu])
    expect(forms(machine)).not.toContain('workgroup');
});

it('more registers hold more accumulators of a weight gradient, with sums in the same order', () => {
  const plan = (machine: Machine) => conv2dWeightGradient(spec, machine);
  const accumulators = (machine: Machine) =>
    new Set(plan(machine).kernels[0].wgsl.match(/\bacc\d+_\d+\b/g)).size;
  expect(accumulators(machines.cpu)).toBe(8);
  expect(accumulators(machines.wideCpu)).toBe(16);
  expect(accumulators({ ...machines.cpu, vectorRegisters: 32, vectorWidth: 8 })).toBe(16);
  expect(plan(machines.wideCpu).scratch).toEqual(plan(machines.cpu).scratch);
});
