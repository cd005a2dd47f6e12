/**
 * What the images are called. A published set is told by its MD5 alone; a file in its layout keeps its own name,
 * since its shares of healthy and ill may be anything; phantoms are called phantoms.
 */
import type { DataFile, Target } from './results.ts';

/** One set of images in words. */
export interface DataName {
  /** For headings, captions and tables. */
  readonly short: string;
  /** For a sentence that introduces it. */
  readonly long: string;
  /** True only for the published set that the problem is named after: others' scores may stand beside. */
  readonly published: boolean;
}

const SETS: Record<Target, string> = { chest: 'ChestMNIST', pneumonia: 'PneumoniaMNIST' };

/** No longer than this in a heading. */
const LONGEST = 44;

/** @param data the run's files */
export function nameOf(data: readonly DataFile[], target: Target): DataName {
  const file = data.find((one) => one.target === target);
  const name = (short: string, long: string, published = false): DataName => ({ short, long, published });
  if (!file) return name(`${target} images`, `${target} images of unknown origin`);
  if (file.kind === 'synthetic') {
    return name(`${target} phantoms`, `${target} phantoms (generated images, not patients)`);
  }
  if (file.published === SETS[target]) return name(SETS[target], `${SETS[target]} as published`, true);
  const short = shortened(file.file);
  if (file.published)
    return name(short, `${file.file} (${file.published} as published, not ${SETS[target]})`);
  // A file that only bears the published one's name must not pass for it.
  const claims = new RegExp(`^${SETS[target]}(_\\d+)?(\\.npz)?$`, 'i').test(file.file);
  return name(
    claims ? `${short} (not as published)` : short,
    `${file.file} (${file.format ? `in ${file.format}’s format, ` : ''}not the published file)`,
  );
}

function shortened(file: string): string {
  if (file.length <= LONGEST) return file;
  return `${file.slice(0, LONGEST - 16)}…${file.slice(-15)}`;
}
