/** What the wasm device has to reach on two cores, and how each figure is taken. */
import { type Device, type Dispatch, Runtime } from '@glassbox/tensor-core';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import type { Kernel } from '@glassbox/wgsl-kernels';
import { benchmarkCases } from '../cases.ts';
import { kernelsOfStep } from '../kernels/collect.ts';
import { shapesOf } from '../kernels/measure.ts';
import { median, quartiles, type Unit } from '../statistics.ts';
import { randomImages } from '../step/data.ts';
import { Training } from '../step/training.ts';
import { type Measured, measured, type Precision, timeRepeats, untilPrecise } from '../timing.ts';
import { inTurns, processorTime, wallTime } from './in-turns.ts';
import { firstStep, whileBusy } from './processes.ts';
import { againstMath, againstMemory, againstPeak, type Compared, convolution, matmul512 } from './rates.ts';

/** One line of the table. */
export interface TargetResult extends Measured {
  readonly item: string;
  readonly threads: number;
  /** The bound, in the unit of the value. */
  readonly target: number;
  readonly atMost: boolean;
  readonly value: number;
  readonly quartiles: readonly [number, number];
  readonly unit: string;
  readonly met: boolean;
  /** What else belongs to the figure, as the peak it is measured against. */
  readonly beside: string;
}

/** A group of lines that are measured together. */
export interface Target {
  readonly name: string;
  readonly measure: (precision: Precision) => Promise<TargetResult[]>;
}

type Line = Pick<TargetResult, 'item' | 'threads' | 'target'> & {
  /** A unit, or a ratio's and of what: `% of peak`. */
  readonly unit: Unit | `${'%' | 'times'} ${string}`;
  readonly atMost?: boolean;
  readonly values: readonly number[];
  /** The measurements of the same, if `values` differ for other reasons than chance. */
  readonly measurements?: readonly number[];
  readonly beside?: string;
  readonly precision: Precision;
};

function line({ values, measurements = values, precision, ...rest }: Line): TargetResult {
  const { item, threads, target, unit, atMost = false, beside = '' } = rest;
  const value = median(values);
  return {
    ...measured(
      `${item}, ${threads} threads`,
      { value: [measurements, unit.split(' ')[0] as Unit] },
      precision,
    ),
    ...{ item, threads, target, unit, atMost, value, quartiles: quartiles(values) },
    met: atMost ? value <= target : value >= target,
    beside,
  };
}

async function onWasm<T>(threads: number, work: (device: Device) => Promise<T>): Promise<T> {
  const device = await WasmDevice.open({ threads, wide: true });
  try {
    return await work(device);
  } finally {
    await device.destroy();
  }
}

const giga = (rate: number) => (rate / 1e9).toFixed(1);
const percent = (list: readonly number[]) => list.map((ratio) => 100 * ratio);
const gflops = ({ rate, fastest, beside }: Compared) =>
  `${giga(rate)} GFLOPS (fastest ${giga(fastest)}), peak ${giga(beside)}`;

async function matmulTarget(precision: Precision): Promise<TargetResult[]> {
  const measured = (threads: number) =>
    onWasm(threads, async (device) => {
      const { dispatches, owners } = matmul512(device);
      const compared = await againstPeak(device, dispatches, precision);
      if (owners.length === 0) throw new Error('the buffers must have lived until here');
      return compared;
    });
  const item = 'matmul 512 x 512 x 512';
  const one = await measured(1);
  const results = [
    line({
      item,
      threads: 1,
      target: 90,
      unit: '% of peak',
      values: percent(one.ratios),
      beside: gflops(one),
      precision,
    }),
  ];
  // Both devices at once, in turns: the ratio of two runs apart would be that of two moments.
  await onWasm(1, (single) =>
    onWasm(2, async (double) => {
      const lists = [matmul512(single), matmul512(double)];
      const works = [single, double].map((device, d) => ({
        run: async () => {
          for (let n = 0; n < 4; n++) device.submit(lists[d].dispatches);
          await device.synchronize();
        },
        worth: 4 * lists[d].dispatches.reduce((sum, { kernel }) => sum + kernel.kernel.flop, 0),
      }));
      const [slow, fast] = await inTurns(works, precision, wallTime);
      const values = fast.map((rate, turn) => rate / slow[turn]);
      const beside = `${giga(median(fast))} against ${giga(median(slow))} GFLOPS`;
      results.push(
        line({ item, threads: 2, target: 1.8, unit: 'times one thread', values, beside, precision }),
      );
    }),
  );
  return results;
}

const isConvolution = ({ kernel }: Dispatch['kernel'], shapes: readonly string[]) =>
  /^conv2d(Forward|InputGradient|WeightGradient|WeightGradientPacked)$/.test(kernel.name) &&
  shapes.some((shape) => kernel.wgsl.includes(shape));

/**
 * 3x3, 64 to 64 channels on 10x10, batch 128: counted as the definition does, though the op takes a form with fewer
 * multiplications.
 */
async function wideConvolution(precision: Precision): Promise<TargetResult> {
  return onWasm(1, async (device) => {
    const { dispatches, owners } = convolution(device, [128, 64, 10, 10], [64, 64, 3, 3]);
    const flop = 2 * 128 * 64 * 64 * 9 * 8 * 8;
    const compared = await againstPeak(device, dispatches, precision, flop);
    if (owners.length === 0) throw new Error('the buffers must have lived until here');
    const kernels = [...new Set(dispatches.map(({ kernel }) => kernel.kernel.name))].join(', ');
    return line({
      item: 'conv2d [128,64,10,10] [64,64,3,3]',
      threads: 1,
      target: 75,
      unit: '% of peak',
      values: percent(compared.ratios),
      beside: `${gflops(compared)}; ${kernels}`,
      precision,
    });
  });
}

/** The convolutions of one net whose filter has one of these shapes: forward and both gradients. */
async function convolutions(
  net: string,
  batch: number,
  filters: readonly string[],
  precision: Precision,
): Promise<TargetResult[]> {
  const results: TargetResult[] = [];
  await onWasm(1, async (device) => {
    const benchmark = benchmarkCases.find(({ name }) => name === net)!;
    const list = kernelsOfStep(device, benchmark, batch);
    device.submit(list.dispatches);
    const seen = new Set<string>();
    for (const dispatch of list.dispatches) {
      const { kernel } = dispatch.kernel;
      if (!isConvolution(dispatch.kernel, filters) || seen.has(kernel.wgsl)) continue;
      seen.add(kernel.wgsl);
      const compared = await againstPeak(device, [dispatch], precision);
      results.push(
        line({
          item: `${kernel.name} ${shapesOf(kernel)}`,
          threads: 1,
          target: 75,
          unit: '% of peak',
          values: percent(compared.ratios),
          beside: gflops(compared),
          precision,
        }),
      );
    }
    if (list.owners.length === 0) throw new Error('the buffers must have lived until here');
  });
  return results;
}

async function elementwiseTarget(precision: Precision): Promise<TargetResult[]> {
  return onWasm(1, async (device) => {
    const memory = await againstMemory(device, precision);
    const results = [
      line({
        item: 'elementwise vec4, y = 2 x of 64 MiB',
        threads: 1,
        target: 100,
        unit: "% of the engine's copy",
        values: percent(memory.ratios),
        beside: `${giga(memory.rate)} GB/s, copy ${giga(memory.beside)}`,
        precision,
      }),
    ];
    for (const name of ['exp', 'log'] as const) {
      const { rate, beside, ratios } = await againstMath(device, name, precision);
      results.push(
        line({
          item: `${name} on vec4`,
          threads: 1,
          target: 4,
          unit: `times Math.${name}`,
          values: ratios,
          beside: `${(1e9 / rate).toFixed(2)} ns a number, Math.${name} ${(1e9 / beside).toFixed(2)}`,
          precision,
        }),
      );
    }
    return results;
  });
}

/** From starting a process to the first training step of a net, and how long its kernels took to compile. */
async function startOf(net: string, target: number, precision: Precision): Promise<TargetResult[]> {
  const runs: Awaited<ReturnType<typeof firstStep>>[] = [];
  // The first one fills the cache of compiled sources, as any earlier use of the project has.
  await firstStep(2, net);
  await untilPrecise(async () => runs[runs.push(await firstStep(2, net)) - 1].ms, precision);
  const all = runs.flatMap(({ compileMs }) => compileMs);
  const kernels = runs[0].compileMs.length;
  const slowest = runs.map(({ compileMs }) => Math.max(...compileMs));
  const sums = runs.map(({ compileMs }) => compileMs.reduce((sum, ms) => sum + ms, 0));
  const { batches } = benchmarkCases.find(({ name }) => name === net)!;
  return [
    line({
      item: `process start to the first step of ${net}, batch ${batches[0]}`,
      threads: 2,
      target,
      atMost: true,
      unit: 'ms',
      values: runs.map(({ ms }) => ms),
      beside:
        'processor time of the main thread ' +
        `${median(runs.map(({ processorMs }) => processorMs)).toFixed(0)} ms`,
      precision,
    }),
    line({
      item: `compiling a kernel of ${net}, in a fresh process`,
      threads: 2,
      target: 5,
      atMost: true,
      unit: 'ms',
      values: all,
      measurements: sums.map((sum) => sum / kernels),
      beside:
        `${kernels} kernels: ${median(sums).toFixed(0)} ms in all, ` +
        `the slowest ${median(slowest).toFixed(1)} ms`,
      precision,
    }),
  ];
}

const startTarget = async (precision: Precision) => [
  ...(await startOf('practical-net', 500, precision)),
  ...(await startOf('resnet18', 1500, precision)),
];

const empty: Kernel = {
  name: 'empty',
  wgsl: '@compute @workgroup_size(1) fn main() {}',
  bindings: [],
  workgroups: [64, 1, 1],
  flop: 0,
  bytes: 0,
};

async function dispatchTarget(precision: Precision): Promise<TargetResult[]> {
  const times = () =>
    onWasm(2, async (device) => {
      const list = device.record(new Array<Dispatch>(50).fill({ kernel: device.prepare(empty), views: [] }));
      const once = () => {
        const start = performance.now();
        device.submit(list);
        return 1000 * (performance.now() - start);
      };
      for (let n = 0; n < 300; n++) {
        once();
        // The second thread starts meanwhile, and the engine optimises.
        if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const times = await untilPrecise(once, precision);
      await device.synchronize();
      return times;
    });
  const item = '50 empty dispatches in one list';
  return [
    line({ item, threads: 2, target: 20, atMost: true, unit: 'us', values: await times(), precision }),
    line({
      item: `${item}, both cores busy`,
      threads: 2,
      target: 200,
      atMost: true,
      unit: 'us',
      values: await whileBusy(2, times),
      beside: 'two other processes compute without a pause',
      precision,
    }),
  ];
}

/** The recorded training step of practical-net at batch 64. */
function practicalStep(device: Device) {
  const runtime = new Runtime(device);
  const [practicalNet] = benchmarkCases;
  return new Training(runtime, practicalNet, randomImages(runtime, 1024), 64).recordTraining();
}

async function netTarget(precision: Precision): Promise<TargetResult[]> {
  const oneThread = await onWasm(1, async (device) => {
    const step = practicalStep(device);
    const run = () => {
      step.replay();
      return device.synchronize();
    };
    const [rates] = await inTurns([{ run, worth: 64 }], precision, processorTime);
    return median(rates).toFixed(0);
  });
  return onWasm(2, async (device) => {
    const step = practicalStep(device);
    const { ms: times } = await timeRepeats(device, () => step.replay(), precision);
    const fastest = (64_000 / Math.min(...times)).toFixed(0);
    return [
      line({
        item: 'practical-net, training, batch 64',
        threads: 2,
        target: 8000,
        unit: 'images/s',
        values: times.map((ms) => 64_000 / ms),
        beside: `fastest group ${fastest}; one thread ${oneThread} in processor time`,
        precision,
      }),
    ];
  });
}

/** Every target, by the name that the command line takes. */
export const targets: readonly Target[] = [
  { name: 'matmul', measure: matmulTarget },
  {
    name: 'conv',
    measure: async (precision) => [
      ...(await convolutions('practical-net', 64, ['[32,16,3,3]', '[64,32,3,3]'], precision)),
      await wideConvolution(precision),
    ],
  },
  { name: 'elementwise', measure: elementwiseTarget },
  { name: 'start', measure: startTarget },
  { name: 'dispatch', measure: dispatchTarget },
  { name: 'net', measure: netTarget },
];
