import { integer, type Values } from '../cli/args.ts';
import { chosenCases, chosenPrecision, openChosenDevice } from '../cli/command.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { Output } from '../output/output.ts';
import { type EpochResult, measureEpoch } from './epoch.ts';
import { measureStep, type StepResult } from './measure.ts';
import { epochColumns, stepColumns } from './table.ts';

const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const dataSetSizes = [300, 1_000, 4_000, 16_000, 78_468];

/** Curves: cost over batch size and threads, and over the size of the data set. Cost must grow in proportion. */
export async function sweep(values: Values, output: Output): Promise<void> {
  const steps = await stepsOverBatches(values, output);
  output.table('Cost over batch size and threads', steps, stepColumns);
  const epochs = await epochsOverImages(values, output);
  output.table(
    'A whole epoch of practical-net over the size of the data set (batch 64)',
    epochs,
    epochColumns,
  );
  const charts = [batchChart(steps, output.machine.date), epochChart(epochs, output.machine.date)];
  output.save('sweep', [...steps, ...epochs], charts);
}

async function stepsOverBatches(values: Values, output: Output): Promise<StepResult[]> {
  const precision = chosenPrecision(values, 2);
  const cases = values.case === undefined ? chosenCases({ case: 'practical-net' }) : chosenCases(values);
  const onlyThreads = integer(values, 'threads');
  const onlyBatch = integer(values, 'batch');
  const results: StepResult[] = [];
  for (const benchmark of cases) {
    for (const threads of onlyThreads ? [onlyThreads] : [1, 2]) {
      for (const batch of onlyBatch ? [onlyBatch] : batchSizes) {
        const device = await openChosenDevice(values, threads);
        const result = await measureStep(device, benchmark, batch, precision);
        await device.destroy();
        results.push(result);
        output.row(result);
      }
      // A GPU has no thread count to vary.
      if (results.at(-1)?.threads === null) break;
    }
  }
  return results;
}

async function epochsOverImages(values: Values, output: Output): Promise<EpochResult[]> {
  const most = integer(values, 'images') ?? Number.POSITIVE_INFINITY;
  const results: EpochResult[] = [];
  for (const images of dataSetSizes.filter((size) => size <= most)) {
    const device = await openChosenDevice(values);
    const result = await measureEpoch(device, images, 64, chosenPrecision(values, 2));
    await device.destroy();
    results.push(result);
    output.row(result);
  }
  return results;
}

function batchChart(results: readonly StepResult[], date: string): Chart {
  const name = (r: StepResult) => `${r.case}, ${r.threads === null ? r.adapter : `${r.threads} threads`}`;
  const names = [...new Set(results.map(name))];
  const points = results.map((r) => ({ ...r, name: name(r) }));
  return {
    id: 'sweep-batch',
    title: 'Training throughput over batch size',
    subtitle:
      `${date.slice(0, 10)}. Flat to the right: cost grows in proportion to the batch. ` +
      'The slope on the left is what a step costs by itself.',
    legend: names.map((label, i) => ({ label, colour: colours[i % colours.length] })),
    plot: {
      height: 380,
      marginLeft: 60,
      x: { type: 'log', base: 2, label: 'images in a batch', labelArrow: 'none', tickFormat: 'd' },
      y: { type: 'log', label: 'images a second', grid: true, labelArrow: 'none', tickFormat: '~s' },
      color: { domain: names, range: colours.slice(0, names.length) },
      marks: [
        Plot.line(points, { x: 'batch', y: 'trainImgPerSec', stroke: 'name', strokeWidth: 2 }),
        Plot.dot(points, { x: 'batch', y: 'trainImgPerSec', fill: 'name', r: 4 }),
      ],
    },
  };
}

function epochChart(results: readonly EpochResult[], date: string): Chart {
  return {
    id: 'sweep-images',
    title: 'Time for an epoch over the size of the data set',
    subtitle:
      `practical-net, batch 64, with validation, ${results[0]?.device}; ${date.slice(0, 10)}. Line: ` +
      'in proportion to the largest set.',
    plot: {
      height: 340,
      marginLeft: 60,
      x: { type: 'log', label: 'training images', labelArrow: 'none', tickFormat: '~s' },
      y: { type: 'log', label: 'seconds an epoch', grid: true, labelArrow: 'none', tickFormat: '~g' },
      marks: [
        Plot.line(results, {
          x: 'images',
          y: (r: EpochResult) => (r.images * results.at(-1)!.msPerImage) / 1000,
          stroke: colours[6],
          strokeDasharray: '4 3',
        }),
        Plot.dot(results, { x: 'images', y: (r: EpochResult) => r.epochMs / 1000, fill: colours[0], r: 5 }),
      ],
    },
  };
}
