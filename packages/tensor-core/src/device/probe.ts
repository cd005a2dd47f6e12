import type { Offer } from './entry.ts';
import { type DeviceName, type DeviceOptions, entries, optionsOf } from './registry.ts';

/** One way to run kernels on this machine. */
export interface ProbedDevice extends Omit<Offer, 'auto'> {
  /** The device that would use it. */
  readonly kind: DeviceName;
}

/** What runs kernels on this machine, and what `openDevice()` would take. */
export interface ProbeResult {
  /** Everything that was looked for, found or not. */
  readonly devices: readonly ProbedDevice[];
  /** What `openDevice()` opens; undefined if nothing can be opened. */
  readonly choice: string | undefined;
  /** Why that, or why nothing. */
  readonly reason: string;
  /** What the user can do for a better choice. */
  readonly advice: readonly string[];
}

/**
 * Looks at every device that this machine could offer, without opening one for good.
 * @param options with which each would be opened.
 */
export async function probeDevices(options: DeviceOptions = {}): Promise<ProbeResult> {
  const offers: (Offer & { readonly kind: DeviceName })[] = [];
  for (const entry of entries) {
    const found = await entry.probe(optionsOf(entry, options));
    for (const offer of found) offers.push({ kind: entry.name, ...offer });
  }
  const choice = offers.find(({ found, auto }) => found && auto);
  const better = choice ? offers.slice(0, offers.indexOf(choice)) : offers;
  return {
    devices: offers.map(({ auto: _, ...device }) => device),
    choice: choice && `${choice.kind} (${choice.detail})`,
    reason: choice?.auto?.reason ?? 'No device was found on which kernels could run.',
    advice: better.flatMap(({ auto }) => auto?.advice ?? []),
  };
}
