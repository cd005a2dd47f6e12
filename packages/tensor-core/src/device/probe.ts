import type { Offer } from './entry.ts';
import { type DeviceName, entries } from './registry.ts';

/** One way to run kernels on this machine. */
export interface ProbedDevice extends Omit<Offer, 'auto'> {
  readonly kind: DeviceName;
}

export interface ProbeResult {
  readonly devices: readonly ProbedDevice[];
  /** What `openDevice()` opens; undefined if nothing can be opened. */
  readonly choice: string | undefined;
  readonly reason: string;
  /** What the user can do for a better choice. */
  readonly advice: readonly string[];
}

/** Looks at every device that this machine could offer, without opening one for good. */
export async function probeDevices(): Promise<ProbeResult> {
  const offers: (Offer & { readonly kind: DeviceName })[] = [];
  for (const { name, probe } of entries) {
    for (const offer of await probe()) offers.push({ kind: name, ...offer });
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
