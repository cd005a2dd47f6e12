import { type Device, devices, openDevice } from '@glassbox/tensor-core';
import { chosenDevice, deviceOf } from '@glassbox/tensor-core/command-line';
import type { Values } from '../cli/args.ts';
import {
  type Command,
  chosenPrecision,
  deviceOptions,
  openChosenDevice,
  precisionOptions,
} from '../cli/command.ts';
import { type Chart, colours, Plot } from '../output/chart.ts';
import type { Output } from '../output/output.ts';
import { climbLadder } from './climb.ts';
import { conv2dLadder, matmulLadder } from './ladders.ts';
import { type LadderResult, ladderColumns } from './table.ts';

export const ladderCommand: Command = {
  name: 'ladder',
  summary: 'conv2d and matmul as versions from naive to tiled, and what each step gained',
  about: `
For teaching: benchmarks/src/ladder holds conv2d and matmul as versions 1 to 6, one file each, whose header says what
it adds. Every version is checked against the float64 definition, then timed, on the wasm device and on a WebGPU adapter
(a GPU, else the software one).`,
  options: {
    ...deviceOptions,
    ...precisionOptions(1, 'each version'),
  },
  run: climb,
};

async function climb(values: Values, output: Output): Promise<void> {
  const precision = chosenPrecision(values, 1);
  const results: LadderResult[] = [];
  for (const device of await openDevices(values)) {
    const print = (result: LadderResult) => output.row(result);
    results.push(...(await climbLadder(device, matmulLadder, precision, print)));
    results.push(...(await climbLadder(device, conv2dLadder, precision, print)));
    await device.destroy();
  }
  const charts: Chart[] = [];
  for (const ladder of [matmulLadder.name, conv2dLadder.name]) {
    const rungs = results.filter((r) => r.ladder === ladder);
    charts.push(chart(ladder, rungs, output.machine.date));
    output.table(ladder, rungs, ladderColumns);
  }
  output.save('ladder', results, charts);
}

/** The device asked for; else every one that computes. */
async function openDevices(values: Values): Promise<Device[]> {
  const { device, ...options } = deviceOf(chosenDevice(values));
  if (device !== 'auto' || options.adapter) return [await openChosenDevice(values)];
  const opened: Device[] = [];
  for (const entry of devices) {
    if (entry.computes) opened.push(await openDevice({ ...options, device: entry.name }));
  }
  return opened;
}

function chart(ladder: string, results: readonly LadderResult[], date: string): Chart {
  const names = [...new Set(results.map(({ device }) => device))];
  return {
    id: `ladder-${ladder}`,
    title: `${ladder}, from naive to tiled: what each version reaches`,
    subtitle:
      `${date.slice(0, 10)}. Dots: median; half of all runs lie within the bars behind them. ` +
      'Larger is better; logarithmic.',
    legend: names.map((label, i) => ({ label, colour: colours[i] })),
    plot: {
      width: 860,
      height: 300,
      marginLeft: 150,
      marginRight: 60,
      x: { type: 'log', label: 'GFLOPS', grid: true, labelArrow: 'none', tickFormat: '~g' },
      y: { label: null },
      color: { domain: names, range: colours.slice(0, names.length) },
      marks: [
        Plot.line(results, { x: 'gflops', y: 'version', stroke: 'device', strokeWidth: 2 }),
        Plot.ruleY(results, {
          x1: (r: LadderResult) => (r.gflops * r.ms) / r.msQuartiles[1],
          x2: (r: LadderResult) => (r.gflops * r.ms) / r.msQuartiles[0],
          y: 'version',
          stroke: 'device',
          strokeWidth: 5,
          strokeOpacity: 0.4,
        }),
        Plot.dot(results, { x: 'gflops', y: 'version', fill: 'device', r: 5 }),
        Plot.text(results, {
          x: 'gflops',
          y: 'version',
          text: (r: LadderResult) => r.gflops.toPrecision(3),
          dx: 8,
          textAnchor: 'start',
        }),
      ],
    },
  };
}
