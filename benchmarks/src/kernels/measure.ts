import type { Device } from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';
import type { Timings } from '../clock.ts';
import { spread } from '../statistics.ts';
import { type Measured, measured, type Precision } from '../timing.ts';
import type { KernelList } from './collect.ts';
import { type Roofline, roof } from './roofline.ts';
import { timeDispatches } from './time-dispatch.ts';

/** What one kernel costs at one shape. */
export interface KernelResult extends Measured {
  readonly case: string;
  readonly batch: number;
  readonly kernel: string;
  /** The shapes of its tensors, from its own header. */
  readonly shapes: string;
  /** How often it runs in a step. */
  readonly count: number;
  readonly device: string;
  readonly adapter: string;
  readonly threads: number | null;
  readonly ms: number;
  readonly msQuartiles: readonly [number, number];
  readonly flop: number;
  readonly bytes: number;
  readonly gflops: number;
  readonly gbPerSec: number;
  /** FLOP for each byte. */
  readonly intensity: number;
  /** What bounds it at this device's peak and bandwidth. */
  readonly bound: 'compute' | 'memory';
  /** Time at the roofline over measured time. */
  readonly roofShare: number;
  /** Part of the time of all kernels of the list. */
  readonly stepShare: number;
}

/**
 * Times every distinct kernel of a list by itself. The list runs along, so that each kernel finds the inputs that it
 * finds in a step (row numbers, labels, indices of maxima are only valid there).
 */
export async function measureKernels(
  device: Device,
  list: KernelList,
  roofline: Roofline,
  precision: Precision,
): Promise<KernelResult[]> {
  const distinct = new Map<string, { kernel: Kernel; times: Timings; count: number }>();
  for (const dispatch of list.dispatches) {
    const { kernel } = dispatch.kernel;
    const key = `${kernel.name}\u0000${kernel.wgsl}`;
    const known = distinct.get(key);
    if (known) known.count++;
    else distinct.set(key, { kernel, times: await timeDispatches(device, [dispatch], precision), count: 1 });
    device.submit([dispatch]);
  }
  const { kind, adapter, threads = null } = device.info;
  const rows = [...distinct.values()].map(({ kernel, times, count }) => {
    const { median: ms, quartiles } = spread(times.ms);
    const { name, flop, bytes } = kernel;
    const top = roof(roofline, kernel);
    return {
      ...measured(
        `${list.case}, batch ${list.batch}, ${kind}, ${name} ${shapesOf(kernel)}`,
        { ms: [times, 'ms'] },
        precision,
      ),
      case: list.case,
      batch: list.batch,
      kernel: name,
      shapes: shapesOf(kernel),
      count,
      device: kind,
      adapter,
      threads,
      ms,
      msQuartiles: quartiles,
      flop,
      bytes,
      gflops: flop / ms / 1e6,
      gbPerSec: bytes / ms / 1e6,
      intensity: flop / bytes,
      bound: top.bound,
      roofShare: (1000 * top.seconds) / ms,
    };
  });
  // Looked at here, so that the garbage collector leaves the owners alone until now.
  if (list.owners.length === 0) throw new Error('a list of kernels must keep the owners of its buffers');
  const total = rows.reduce((sum, { ms, count }) => sum + ms * count, 0);
  return rows
    .map((row) => ({ ...row, stepShare: (row.ms * row.count) / total }))
    .sort((a, b) => b.stepShare - a.stepShare);
}

/** The first three shapes that a kernel's header names; lists with a 0 in them are dimensions or offsets. */
export function shapesOf({ wgsl }: Pick<Kernel, 'wgsl'>): string {
  const header = wgsl.slice(0, wgsl.search(/^[^/]/m));
  const shapes = [...new Set(header.match(/\[[1-9]\d*(,[1-9]\d*)*\]/g) ?? [])];
  return shapes.slice(0, 3).join(' ');
}
