import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ourProgram, type Peer } from './peers.ts';
import { PeerProcess } from './process.ts';
import type { Losses } from './protocol.ts';

/** Small: sums of larger batches would hide a wrong image. */
const largestBatch = 16;
/**
 * How much of itself each loss may differ by; the third depends on two updates of all weights. The first differs by
 * some 1e-7. In a net as deep as resnet18 rounding grows tenfold with each step: the third differs by 1e-4, and by
 * 3e-6 between PyTorch on one thread and on two.
 */
const tolerances = [1e-5, 1e-4, 1e-3];

/**
 * Nets in which rounding grows a thousandfold with each step, since batch norm has few values of a channel: only the
 * first loss is compared. (Another order of summation, here too, moves MobileNetV2's third loss by 4 %.)
 */
const unsteady = ['mobilenet_v2', 'densenet121'];

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
  const theirs = new PeerProcess(peer.programs('software', threads).at(-1)!);
  try {
    const request = {
      do: 'losses',
      case: name,
      batch: Math.min(batch, largestBatch),
      steps: tolerances.length,
      threads,
      folder,
    } as const;
    const { losses } = await ours.ask<Losses>(request, patience);
    const other = (await theirs.ask<Losses>(request, patience)).losses;
    const judged = unsteady.includes(name) ? tolerances.slice(0, 1) : tolerances;
    const differences = judged.map((_, n) => Math.abs(losses[n] - other[n]) / Math.abs(other[n]));
    if (judged.every((most, n) => differences[n] <= most)) return Math.max(...differences);
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
