import type { Device } from '@glassbox/tensor-core';
import { elementCount, pack, singleKernel, unpack, zeroTailWords } from '@glassbox/wgsl-kernels';
import type { Timings } from '../clock.ts';
import { timeDispatches } from '../kernels/time-dispatch.ts';
import type { Precision } from '../timing.ts';
import { type Ladder, ladderInputs } from './ladders.ts';
import type { LadderVersion } from './version.ts';

export interface LadderRun {
  /** The largest difference from the oracle, as a share of the oracle's largest value. */
  readonly error: number;
  /** Of one dispatch; empty if nothing was timed. */
  readonly times: Timings;
  readonly flop: number;
  readonly bytes: number;
}

/** Runs one version on a device, compares it with the oracle, and times it if a precision is given. */
export async function runVersion<Spec>(
  device: Device,
  ladder: Ladder<Spec>,
  version: LadderVersion<Spec>,
  spec: Spec,
  precision?: Precision,
): Promise<LadderRun> {
  const inputs = ladderInputs(ladder, spec);
  const layouts = version.layouts(spec);
  const made = version.kernel(spec, device.machine);
  const { kernels, scratch } = 'kernels' in made ? made : singleKernel(made);
  const contents = layouts.map((layout, operand) => {
    const words = new Float32Array(layout.size + zeroTailWords(layout));
    if (operand < inputs.length) pack(layout, inputs[operand], words);
    return [ladder.operands[operand], words] as const;
  });
  const emptied = Object.entries(scratch).map(([name, words]) => [name, new Float32Array(words)] as const);
  const buffers = new Map(
    [...contents, ...emptied].map(([name, words]) => {
      const buffer = device.createBuffer(words.byteLength, name);
      device.write(buffer, 0, words);
      return [name, buffer];
    }),
  );
  const view = (name: string) => {
    const buffer = buffers.get(name)!;
    return { buffer, offset: 0, size: buffer.bytes };
  };
  try {
    const dispatches = kernels.map((kernel) => ({
      kernel: device.prepare(kernel),
      views: kernel.bindings.map(({ name }) => view(name)),
    }));
    device.submit(dispatches);
    const layout = layouts.at(-1)!;
    const { buffer } = view(ladder.operands.at(-1)!);
    const words = new Float32Array(await device.read(buffer, 0, 4 * layout.size));
    const result = unpack(layout, words, new Float32Array(elementCount(layout.shape)));
    const times = precision ? await timeDispatches(device, dispatches, precision) : { ms: [], coarse: false };
    const sum = (of: 'flop' | 'bytes') => kernels.reduce((total, kernel) => total + kernel[of], 0);
    const error = largestError(result, ladder.oracle(spec, inputs));
    return { error, times, flop: sum('flop'), bytes: sum('bytes') };
  } finally {
    for (const buffer of buffers.values()) device.destroyBuffer(buffer);
  }
}

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, scale] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return error / scale;
}
