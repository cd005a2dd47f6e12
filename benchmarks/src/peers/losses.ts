import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ourProgram, type Peer } from './peers.ts';
import { PeerProcess } from './process.ts';
import type { Losses } from './protocol.ts';

/** Enough that the third depends on two updates of all weights. */
const steps = 3;
/** Small: sums of larger batches would hide a wrong image. */
const largestBatch = 16;
/** Rounding alone makes losses of such nets differ by some 1e-6. */
const tolerance = 1e-4;

/** Nets that draw random numbers in training: no two libraries draw the same. */
const random = ['autoencoder'];

/**
 * Trains a net here and at a peer for the first steps, from our weights and on the same images, in processes of their
 * own. A figure beside that of another computation would say nothing.
 * @returns the largest difference of a loss, as a share of it; undefined if this peer or net cannot be compared
 * @throws Error if the losses differ by more than rounding; PeerError in the peer's own words
 */
export async function lossDifference(
  peer: Peer,
  name: string,
  batch: number,
  { threads, patience }: { readonly threads: number; readonly patience: number },
): Promise<number | undefined> {
  if (!peer.saysLosses || random.includes(name)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-losses-'));
  const ours = new PeerProcess(ourProgram(peer.against, 'software'), true);
  // Of several forms of one library any one: they compute the same.
  const theirs = new PeerProcess(peer.programs('software').at(-1)!);
  try {
    const request = {
      do: 'losses',
      case: name,
      batch: Math.min(batch, largestBatch),
      steps,
      threads,
      folder,
    } as const;
    const { losses } = await ours.ask<Losses>(request, patience);
    const other = (await theirs.ask<Losses>(request, patience)).losses;
    const difference = Math.max(...losses.map((loss, n) => Math.abs(loss - other[n]) / Math.abs(other[n])));
    if (difference <= tolerance) return difference;
    throw new Error(
      `${name}: from the same weights and images our losses are ${losses.join(', ')}, those of ${peer.name} ` +
        `${other.join(', ')}: one of the two is another computation`,
    );
  } finally {
    await ours.close();
    await theirs.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
