import { UsageError } from '@glassbox/host/command-line';
import { type Device, openDevice, openWebGpu } from '@glassbox/tensor-core';
import { type BenchmarkCase, benchmarkCases } from '../cases.ts';
import { RecordingDevice } from '../kernels/recording-device.ts';
import type { Output } from '../output/output.ts';
import { integer, type Options, type Values, word, words } from './args.ts';

/** One benchmark of `npm run bench`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it measures and how, for its own help. */
  readonly about: string;
  readonly options: Options;
  readonly run: (values: Values, output: Output) => Promise<void>;
}

/** Options that every benchmark has. */
export const commonOptions: Options = {
  json: { type: 'boolean', help: 'one JSON object a line on stdout' },
  out: { type: 'string', value: 'DIR', help: 'folder for JSON and charts (default bench-results)' },
  help: { type: 'boolean', help: 'this text' },
};

/** Options that choose a device. */
export const deviceOptions: Options = {
  device: { type: 'string', value: 'KIND', help: 'auto | webgpu | wasm (default auto)' },
  adapter: { type: 'string', value: 'KIND', help: 'auto | hardware | software: which WebGPU adapter' },
  threads: { type: 'string', value: 'N', help: 'threads of the wasm device (default: all cores)' },
  wide: { type: 'string', value: 'W', help: 'on | off: 256-bit vectors on the wasm device (default on)' },
  unchecked: { type: 'boolean', help: "webgpu without Dawn's bounds checks: its results are labelled so" },
};

/** Options that choose nets. */
export const caseOptions: Options = {
  case: {
    type: 'string',
    value: 'NAMES',
    help: `${benchmarkCases.map(({ name }) => name).join(', ')} (default all)`,
  },
};

/**
 * Opens the device that the options name.
 * @throws UsageError if the options contradict each other.
 */
export async function openChosenDevice(
  values: Values,
  threads = integer(values, 'threads'),
): Promise<Device> {
  const kind = word(values, 'device', ['auto', 'webgpu', 'wasm'], 'auto');
  const adapter = word(values, 'adapter', ['auto', 'hardware', 'software'], 'auto');
  if (!values.unchecked) return openDevice({ device: kind, adapter, threads, wide: isWide(values) });
  if (kind !== 'webgpu') throw new UsageError('--unchecked is for --device webgpu');
  const device = await openWebGpu(adapter, ['enable-dawn-features=disable_robustness']);
  return new RecordingDevice(device, {
    ...device.info,
    adapter: `${device.info.adapter}, without bounds checks`,
  });
}

/** Whether the wasm device may compute with vectors of 256 bits. */
export const isWide = (values: Values): boolean => word(values, 'wide', ['on', 'off'], 'on') === 'on';

/** The nets that the options name. */
export function chosenCases(values: Values): readonly BenchmarkCase[] {
  const names = words(
    values,
    'case',
    benchmarkCases.map(({ name }) => name),
  );
  return benchmarkCases.filter(({ name }) => names.includes(name));
}

/** `wasm, 2 threads`, `webgpu: SwiftShader …`: a device in a few words. */
export function deviceTitle({ info }: Device): string {
  return info.kind === 'wasm'
    ? `wasm, ${info.threads} threads, ${info.vectorBits} bits`
    : `webgpu: ${info.adapter}`;
}
