import { openDevice, Runtime } from '@glassbox/tensor-core';
import { integer, type Values } from '../cli/args.ts';
import { type Command, caseOptions, chosenCases, chosenPrecision, precisionOptions } from '../cli/command.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { Output } from '../output/output.ts';
import { median, spread } from '../statistics.ts';
import { randomImages } from '../step/data.ts';
import { Training } from '../step/training.ts';
import { measured, timeRepeats } from '../timing.ts';
import { type HostResult, hostColumns } from './table.ts';

export const hostCommand: Command = {
  name: 'host',
  summary: "the host's own cost a step, on Dawn's null backend",
  about: `
Replays the recorded steps on Dawn's null backend, which validates and queues commands and runs none of them.
What is left is the host's cost: step inputs, encoding, one submit. It is what bounds small nets on a fast GPU.`,
  options: {
    ...caseOptions,
    batch: { type: 'string', value: 'N', help: 'another batch size' },
    ...precisionOptions(2),
  },
  run: host,
};

async function host(values: Values, output: Output): Promise<void> {
  const time = { ...chosenPrecision(values, 2), queued: 100 };
  const only = integer(values, 'batch');
  const results: HostResult[] = [];
  for (const benchmark of chosenCases(values)) {
    for (const batch of only ? [only] : (benchmark.hostBatches ?? benchmark.batches)) {
      const device = await openDevice({ device: 'null' });
      const runtime = new Runtime(device);
      const training = new Training(runtime, benchmark, randomImages(runtime, 1024, benchmark.side), batch);
      const train = training.recordTraining();
      // V8 compiles the host's own code while it runs: the first net would pay for all.
      if (results.length === 0) await timeRepeats(device, () => train.replay(), time);
      const trainTimes = await timeRepeats(device, () => train.replay(), time);
      const step = spread(trainTimes.ms);
      const infer = training.recordInference();
      const inferTimes = await timeRepeats(device, () => infer.replay(), time);
      const result: HostResult = {
        ...measured(
          `${benchmark.name}, batch ${batch}`,
          { hostMs: [trainTimes, 'ms'], inferHostMs: [inferTimes, 'ms'] },
          time,
        ),
        case: benchmark.name,
        batch,
        device: device.info.kind,
        hostMs: step.median,
        hostMsQuartiles: step.quartiles,
        minHostMs: step.min,
        dispatches: train.dispatches,
        hostUsPerDispatch: (1000 * step.median) / train.dispatches,
        inferHostMs: median(inferTimes.ms),
        inferDispatches: infer.dispatches,
      };
      await device.destroy();
      results.push(result);
      output.row(result);
    }
  }
  output.table("The host's own cost of a training step, Dawn's null backend", results, hostColumns);
  output.save('host', results, [chart(results, output.machine.date)]);
}

function chart(results: readonly HostResult[], date: string): Chart {
  const bars = results.map((r) => ({ ...r, name: `${r.case}, ${r.batch}` }));
  return {
    id: 'host',
    title: "The host's own cost of a training step",
    subtitle: `Dawn's null backend; ${date.slice(0, 10)}. Bars: median; beside them the dispatches of a step.`,
    plot: {
      height: 60 + 44 * bars.length,
      marginLeft: 150,
      marginRight: 110,
      x: { label: 'ms a step', grid: true, labelArrow: 'none' },
      y: { label: null },
      marks: [
        Plot.barX(bars, { x: 'hostMs', y: 'name', fill: colours[2], sort: { y: null } }),
        Plot.text(bars, {
          x: 'hostMs',
          y: 'name',
          text: (r: HostResult) => `${r.dispatches} dispatches`,
          dx: 6,
          textAnchor: 'start',
        }),
        Plot.ruleX([0]),
      ],
    },
  };
}
