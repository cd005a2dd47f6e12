import type { OptionTable } from '@glassbox/options';
import type { Device, DeviceInfo } from './device.ts';

/** A flag of command lines: one of a few words, a whole number within bounds, or `on` or `off` (true or false). */
export type Flag =
  | { readonly words: readonly string[]; readonly help: string }
  | { readonly onOff: true; readonly help: string }
  | { readonly from: number; readonly to: number; readonly help: string };

/** What a machine offers of a device: the device itself, or one of the adapters that it can use. */
export interface Offer {
  /** What it is, in a word or two. */
  readonly title: string;
  /** True if it is there and can be used. */
  readonly found: boolean;
  /** The adapter's description, or why there is none. */
  readonly detail: string;
  /** What the device would be; absent if it was not found. */
  readonly info?: DeviceInfo;
  /** Optional features of WebGPU that the adapter has. */
  readonly features?: readonly string[];
  /** Limits of WebGPU that the adapter has, by name. */
  readonly limits?: Readonly<Record<string, number>>;
  /** `openDevice()` takes it if it is found and nothing before it in the list is. */
  readonly auto?: {
    /** Why it is taken. */
    readonly reason: string;
    /** What the user can do if it is not found. */
    readonly advice: string;
  };
}

/**
 * What the list of devices (`registry.ts`) holds of each. All that can be asked of devices in general (`openDevice`,
 * command lines and their help, `npm run doctor`, tests) follows from it.
 */
export interface DeviceEntry<Name extends string, Options extends object, FlagName extends keyof Options> {
  /** As in `openRuntime({ device: 'wasm' })`. */
  readonly name: Name;
  /** What it is, in a few words: for help. */
  readonly title: string;
  /** False if it runs no kernel, so that what is read from it means nothing. */
  readonly computes: boolean;
  /** Names and kinds of its options. */
  readonly options: OptionTable<Options>;
  /** Those of them that command lines have, too. */
  readonly flags: Readonly<Record<FlagName, Flag>>;
  /** The options with which tests open it. */
  readonly inTests: Options;
  /** The options with which this project's commands open it, unless a flag says otherwise. */
  readonly inCommands?: Options;
  /** Looks for it on this machine, without opening it for good. Never throws. */
  readonly probe: (options: Options) => Promise<readonly Offer[]>;
  /** What `openDevice()` opens it with; undefined to go on to the next device. Absent: it is opened by name only. */
  readonly auto?: (options: Options) => Promise<Options | undefined>;
  /**
   * Opens the device.
   * @throws DeviceError if it cannot be opened.
   */
  readonly open: (options: Options) => Promise<Device>;
}
