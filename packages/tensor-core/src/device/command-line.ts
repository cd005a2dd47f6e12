/** The options of command lines that choose a device, made from the list of devices. In Node only. */
import { integer, oneOfWords, UsageError } from '@glassbox/host/command-line';
import { coresGiven } from '@glassbox/host/cores';
import { type OptionTable, oneOf, required } from '@glassbox/options';
import type { Flag } from './entry.ts';
import {
  type DeviceChoice,
  type DeviceFlag,
  type DeviceName,
  type DeviceOptions,
  deviceOptionTable,
  entries,
  entryOf,
} from './registry.ts';

/** One option: what `parseArgs` needs, and its line of help. */
export interface DeviceFlagOption {
  /** What `parseArgs` reads: a text. */
  readonly type: 'string';
  /** What stands for its value in the help. */
  readonly value: string;
  /** What it does, for the help. */
  readonly help: string;
}

/** What the command line said; undefined where it said nothing. */
export type DeviceValues = Readonly<Partial<Record<'device' | DeviceFlag, string | boolean>>>;

/** What was chosen: options of `openDevice`. */
export interface ChosenDevice extends Pick<DeviceOptions, DeviceFlag> {
  /** A device by name, or `auto`. */
  readonly device: DeviceChoice;
}

const computing = entries.filter(({ computes }) => computes);
const words: readonly DeviceChoice[] = ['auto', ...computing.map(({ name }) => name)];
const flags: Readonly<Record<string, Flag>> = Object.assign({}, ...computing.map((entry) => entry.flags));

const inCommands: Readonly<Record<string, unknown>> = Object.assign(
  {},
  ...computing.map((entry) => entry.inCommands),
);

/** `--device`, `--adapter`, …: to be given to `parseCommandLine` among a program's other options. */
export const deviceFlags = {
  device: {
    type: 'string',
    value: words.join('|'),
    help: 'where kernels run (default auto: a GPU if there is one, else wasm)',
  },
  ...mapped(flags, (flag) => ({
    type: 'string',
    value: 'words' in flag ? flag.words.join('|') : 'onOff' in flag ? 'on|off' : 'N',
    help: flag.help,
  })),
} as Readonly<Record<'device' | DeviceFlag, DeviceFlagOption>>;

/** Names and kinds of `ChosenDevice`. */
export const chosenDeviceTable = {
  device: required(oneOf(...words)),
  ...mapped(flags, (_, name) => deviceOptionTable[name as DeviceFlag]),
} as OptionTable<ChosenDevice>;

/**
 * Lines of help for these options.
 * @param width column at which the explanations begin
 * @param what what the device is for, in place of the usual words
 */
export function deviceHelp(width: number, what = deviceFlags.device.help): string {
  return Object.entries({ ...deviceFlags, device: { ...deviceFlags.device, help: what } })
    .map(([name, { value, help }]) => `${`  --${name} ${value}  `.padEnd(width)}${help}`)
    .join('\n');
}

/**
 * What the command line chose.
 * @param usual the device unless one is named
 * @throws UsageError for a word or number that cannot be, or an option of another device than the one that is named.
 */
export function chosenDevice(values: DeviceValues, usual: DeviceChoice = 'auto'): ChosenDevice {
  const device = oneOfWords('--device', String(values.device ?? usual), words);
  const given = Object.entries(values).filter(([name, value]) => name in flags && value !== undefined);
  const chosen = mapped(Object.fromEntries(given), (value, name) => {
    const flag = flags[name];
    // `auto` asks for nothing.
    if (device !== 'auto' && value !== 'auto' && !(name in entryOf(device).flags)) {
      throw new UsageError(`--${name} is for --device ${ownerOf(name)}, not for ${device}`);
    }
    if ('words' in flag) return oneOfWords(`--${name}`, String(value), flag.words);
    if ('onOff' in flag) return oneOfWords(`--${name}`, String(value), ['on', 'off']) === 'on';
    return integer(`--${name}`, String(value), flag.from, flag.to);
  });
  return { device, ...chosen };
}

/**
 * How a program opens the device among its options: as they say, else as commands do. Threads are as many as cores were
 * given to the process: the quota of a container, and what Slurm gave.
 */
export function deviceOf(options: ChosenDevice): ChosenDevice {
  const { device } = options;
  const usual: typeof inCommands = { threads: coresGiven(), ...inCommands };
  return { device, ...mapped(flags, (_, name) => options[name as DeviceFlag] ?? usual[name]) };
}

function ownerOf(flag: string): DeviceName {
  return computing.find((entry) => flag in entry.flags)!.name;
}

function mapped<V, W>(
  record: Readonly<Record<string, V>>,
  change: (value: V, name: string) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
