import type { KernelPlan } from '@glassbox/wgsl-kernels';
import type { Device } from '../../src/device/device.ts';
import { fromKernels } from '../support/observe.ts';
import { type Operand, runKernel } from '../support/run-kernel.ts';
import { cleaned, type Output } from './outputs.ts';

type Words = Extract<Operand, { words: number }>;

/**
 * Runs a plan's kernels one after the other. Outputs and scratch start full of rubbish; outputs are checked for
 * clean padding and returned dense, by name.
 */
export async function runKernelPlan(
  device: Device,
  plan: KernelPlan,
  inputs: Readonly<Record<string, Operand>>,
  outputs: Readonly<Record<string, Output>>,
): Promise<Record<string, Float64Array>> {
  const rubbish = (words: number) => ({ words, data: new Float32Array(words).fill(77) });
  const buffers: Record<string, Operand> = { ...inputs };
  for (const [name, words] of Object.entries(plan.scratch)) buffers[name] = rubbish(words);
  for (const [name, { layout, type }] of Object.entries(outputs)) {
    buffers[name] = { ...rubbish(layout.size), type };
  }
  for (const kernel of plan.kernels) {
    const names = kernel.bindings.map(({ name }) => name);
    const unknown = names.find((name) => !buffers[name]);
    if (unknown) throw new Error(`${kernel.name}: the plan says nothing about buffer ${unknown}`);
    const results = await runKernel(
      device,
      kernel,
      names.map((name) => buffers[name]),
    );
    names.forEach((name, index) => {
      if ('words' in buffers[name]) buffers[name] = { ...buffers[name], data: results[index] } as Words;
    });
  }
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { layout }]) => {
      const names = plan.kernels.map((kernel) => kernel.name);
      return [name, fromKernels(cleaned(name, layout, buffers[name].data!), device, names)];
    }),
  );
}
