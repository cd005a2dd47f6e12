import { integer, type Values } from '../cli/args.ts';
import {
  type Command,
  caseOptions,
  chosenCases,
  chosenPrecision,
  deviceOptions,
  openChosenDevice,
  precisionOptions,
} from '../cli/command.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { Output } from '../output/output.ts';
import { measureStep, type StepResult } from './measure.ts';
import { sweep } from './sweep.ts';
import { stepColumns } from './table.ts';

export const stepCommand: Command = {
  name: 'step',
  summary: 'training and inference of the nets: ms a step and images/s',
  about: `
Trains and evaluates practical-net (batch 64 and 256), autoencoder (256), medmnist-net (128) and resnet18 (128) with
recorded steps: ms a step (median, quartiles, fastest), images/s, the first step with everything it compiles,
dispatches, memory.
--sweep measures how cost grows instead: batch 1 to 1024, 1 and 2 threads, data sets of 300 to 78,468 images.`,
  options: {
    ...deviceOptions,
    ...caseOptions,
    batch: { type: 'string', value: 'N', help: 'another batch size' },
    ...precisionOptions(10, 'each training figure'),
    images: { type: 'string', value: 'N', help: 'largest data set of --sweep (default 78468)' },
    sweep: { type: 'boolean', help: 'curves over batch size, threads and size of the data set' },
  },
  run: (values, output) => (values.sweep ? sweep(values, output) : step(values, output)),
};

async function step(values: Values, output: Output): Promise<void> {
  const results: StepResult[] = [];
  const only = integer(values, 'batch');
  for (const benchmark of chosenCases(values)) {
    for (const batch of only ? [only] : benchmark.batches) {
      // A device of its own, so that nothing is compiled before the first step.
      const device = await openChosenDevice(values);
      const result = await measureStep(device, benchmark, batch, chosenPrecision(values, 10));
      await device.destroy();
      results.push(result);
      output.row(result);
    }
  }
  const title = `Training step and inference, ${results[0].device}: ${results[0].adapter}`;
  output.table(title, results, stepColumns);
  const tiles = Math.max(...results.map(({ measuredTiles }) => measuredTiles));
  if (tiles > 0)
    output.remark(
      `Up to ${tiles} kernels of a net with measured tiles; GLASSBOX_TILES=none uses the defaults.`,
    );
  output.save('step', results, [stepChart(results, output.machine.date)]);
}

function stepChart(results: readonly StepResult[], date: string): Chart {
  const bars = results.map((r) => ({
    name: `${r.case}, ${r.batch}`,
    ms: r.trainStepMs,
    low: r.trainStepMsQuartiles[0],
    high: r.trainStepMsQuartiles[1],
  }));
  return {
    id: 'step',
    title: 'One training step',
    subtitle:
      `${results[0].device}: ${results[0].adapter}; ${date.slice(0, 10)}. Bars: median; lines: ` +
      'half of all groups of steps lie between.',
    plot: {
      height: 60 + 44 * bars.length,
      marginLeft: 150,
      marginRight: 60,
      x: { label: 'ms a step', grid: true, labelArrow: 'none' },
      y: { label: null },
      marks: [
        Plot.barX(bars, { x: 'ms', y: 'name', fill: colours[0], sort: { y: null } }),
        Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'name', strokeWidth: 2 }),
        Plot.text(bars, { x: 'high', y: 'name', text: (b) => b.ms.toFixed(2), dx: 6, textAnchor: 'start' }),
        Plot.ruleX([0]),
      ],
    },
  };
}
