import type { OptionTable } from '@glassbox/options';
import type { DeviceEntry } from './entry.ts';
import { nullDevice } from './null/entry.ts';
import { wasm } from './wasm/entry.ts';
import { webgpu } from './webgpu/entry.ts';

/**
 * Every device, in the order in which `openDevice()` tries them. A device is its folder and its line here:
 * docs/adding-a-device.md.
 */
export const devices = [
  webgpu, //
  wasm,
  nullDevice,
] as const;

type Entry = (typeof devices)[number];
/** An entry whose options are not known: to loop over all of them. */
export type AnyEntry = DeviceEntry<DeviceName, Record<string, unknown>, string>;

/** The name of a device: `wasm`, `webgpu`. */
export type DeviceName = Entry['name'];
/** A device by name, or the first of the list that this machine has. */
export type DeviceChoice = 'auto' | DeviceName;

type OptionsOf<E> = E extends DeviceEntry<string, infer Options, infer _> ? (given: Options) => void : never;
/** The options of all devices. */
export type DeviceOptions = OptionsOf<Entry> extends (given: infer Options) => void ? Options : never;
/** Options that command lines have. */
export type DeviceFlag = Entry extends infer E ? (E extends Entry ? keyof E['flags'] : never) : never;

/** All of them, to loop over. */
export const entries = devices as unknown as readonly AnyEntry[];

/** Names and kinds of all devices' options. */
export const deviceOptionTable = Object.assign(
  {},
  ...entries.map(({ options }) => options),
) as OptionTable<DeviceOptions>;

/** Those of the options that a device has. */
export function optionsOf(entry: AnyEntry, options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in entry.options));
}

export function entryOf(name: DeviceName): AnyEntry {
  return entries.find((entry) => entry.name === name)!;
}
