import { UsageError } from '@glassbox/host/command-line';
import { type Device, openDevice } from '@glassbox/tensor-core';
import { chosenDevice, deviceFlags, deviceOf } from '@glassbox/tensor-core/command-line';
import { openWebGpu } from '@glassbox/tensor-core/devices';
import { type BenchmarkCase, benchmarkCases } from '../cases.ts';
import { RecordingDevice } from '../kernels/recording-device.ts';
import type { Output } from '../output/output.ts';
import type { Precision } from '../timing.ts';
import { type Options, percent, seconds, type Values, words } from './args.ts';

/** One benchmark of `npm run bench`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it measures and how, for its own help. */
  readonly about: string;
  readonly options: Options;
  /** What its words stand for that are no options' values; in [brackets] what may be left out. */
  readonly positionals?: readonly string[];
  /** True if it saves no results that could be compared. */
  readonly savesNothing?: boolean;
  readonly run: (values: Values, output: Output) => Promise<void>;
}

/** Options that every command has. */
const commonOptions: Options = {
  json: { type: 'boolean', help: 'one JSON object a line on stdout' },
  help: { type: 'boolean', help: 'this text' },
};

const resultOptions: Options = {
  out: { type: 'string', value: 'DIR', help: 'folder for JSON and charts (default bench-results)' },
  compare: {
    type: 'string',
    value: 'FILE',
    help: 'the ratio to each row of these earlier results, with its 95 % interval',
  },
};

/** All options of a command. */
export function optionsOf({ options, savesNothing }: Command): Options {
  return { ...options, ...(!savesNothing && resultOptions), ...commonOptions };
}

/**
 * Options that say how well a figure has to be known.
 * @param seconds the most time for it unless another is asked for
 * @param what what the figure is
 */
export const precisionOptions = (seconds: number, what = 'each figure'): Options => ({
  seconds: { type: 'string', value: 'S', help: `the most time for ${what} (default ${seconds})` },
  ...withinOption,
});

export const withinOption: Options = {
  within: {
    type: 'string',
    value: 'PERCENT',
    help: 'measure until the mean is known so well (95 % interval), else the row says noisy (default 3)',
  },
};

/** What `withinOption` was given, as a share. */
export function chosenWithin(values: Values): number {
  return percent(values, 'within', 3) / 100;
}

/** What `precisionOptions` were given. */
export function chosenPrecision(values: Values, fallback: number): Precision {
  return { seconds: seconds(values, 'seconds', fallback), within: chosenWithin(values) };
}

/** Options that choose a device. */
export const deviceOptions: Options = {
  ...deviceFlags,
  unchecked: { type: 'boolean', help: "webgpu without Dawn's bounds checks: its results are labelled so" },
};

/** Options that choose nets. */
export const caseOptions: Options = {
  case: {
    type: 'string',
    value: 'NAMES',
    help: `${benchmarkCases.map(({ name }) => name).join(', ')} (default all up to resnet18)`,
  },
};

/**
 * Opens the device that the options name.
 * @param threads in place of those that the options name
 * @throws UsageError if the options contradict each other.
 */
export async function openChosenDevice(values: Values, threads?: number): Promise<Device> {
  const chosen = { ...deviceOf(chosenDevice(values)), ...(threads && { threads }) };
  if (!values.unchecked) return openDevice(chosen);
  if (chosen.device !== 'webgpu') throw new UsageError('--unchecked is for --device webgpu');
  const device = await openWebGpu(chosen.adapter, ['enable-dawn-features=disable_robustness']);
  return new RecordingDevice(device, {
    ...device.info,
    adapter: `${device.info.adapter}, without bounds checks`,
  });
}

/** The nets that the options name. */
export function chosenCases(values: Values): readonly BenchmarkCase[] {
  const names = words(
    values,
    'case',
    benchmarkCases.map(({ name }) => name),
  );
  const named = values.case !== undefined;
  return benchmarkCases.filter(({ name, onlyNamed }) => names.includes(name) && (named || !onlyNamed));
}
