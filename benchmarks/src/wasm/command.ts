import { type Values, words } from '../cli/args.ts';
import { type Command, chosenPrecision, precisionOptions } from '../cli/command.ts';
import type { Output } from '../output/output.ts';
import { targetColumns } from './table.ts';
import { type TargetResult, targets } from './targets.ts';

export const wasmCommand: Command = {
  name: 'wasm',
  summary: 'what the wasm device has to reach on two cores, each with its target',
  about: `
One line for each target of the wasm device: matmul and convolutions against a loop of multiply-adds in registers,
elementwise functions against memory and Math, compiling, the first training steps of two nets with the start of their
processes, empty dispatches (also while both cores are busy), images/s. A figure and what it is measured against take
turns of a few milliseconds, on one thread in processor time; the value is the median of the ratios.`,
  options: {
    target: {
      type: 'string',
      value: 'NAMES',
      help: `${targets.map(({ name }) => name).join(', ')} (default all)`,
    },
    ...precisionOptions(4),
  },
  run: wasm,
};

async function wasm(values: Values, output: Output): Promise<void> {
  const names = words(
    values,
    'target',
    targets.map(({ name }) => name),
  );
  const precision = chosenPrecision(values, 4);
  const results: TargetResult[] = [];
  for (const { name, measure } of targets) {
    if (!names.includes(name)) continue;
    for (const result of await measure(precision)) {
      results.push(result);
      output.row(result);
    }
  }
  output.table('The wasm device against its targets', results, targetColumns);
  output.save('wasm', results, []);
}
