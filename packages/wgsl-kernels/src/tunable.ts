import type { Layout } from './layout.ts';
import type { KernelPlan } from './plan.ts';

/** How a kernel divides its work: plain numbers, and names of forms: `{ form: 'images', pixels: 4, channels4: 2 }`. */
export type Tile = Readonly<Record<string, number | string>>;

/** One tile of the short list that a measurement chooses from. */
export interface Candidate {
  /** The tile that may be chosen. */
  readonly tile: Tile;
  /**
   * True if every element is summed in the order of the default tile, so that both give the same bits. (Where a product
   * underflows, or a bias is -0, a result that is zero may have the other sign.)
   */
  readonly sameBits: boolean;
}

/** A kernel whose tile may be chosen by measurement: how to build it, and what to build it with. */
export interface Tunable {
  /** The kernel's name. */
  readonly kernel: string;
  /** How every tensor lies in memory that its kernels bind, by the binding's name; scratch memory not among them. */
  readonly tensors: Readonly<Record<string, Layout>>;
  /** With the default tile, or another one. */
  readonly build: (tile?: Tile) => KernelPlan;
  /** The short list for this kind of machine, without the default. */
  readonly candidates: () => readonly Candidate[];
}

/** What was measured on a machine: the fastest tile; undefined where nothing is known of the kernel. */
export type MeasuredTile = (tunable: Tunable) => Tile | undefined;

/**
 * The kernels of a tunable: with the tile asked for, else the one that was measured on the machine, else the
 * default.
 */
export function buildTuned(
  tunable: Tunable,
  machine: { readonly tuning?: { readonly measuredTile?: MeasuredTile } },
  tile?: Tile,
): KernelPlan {
  return tunable.build(tile ?? machine.tuning?.measuredTile?.(tunable));
}

/** Rejects tiles that no kernel can be built with. @throws RangeError that names the kernel and the number. */
export function requireTile(kernel: string, tile: Tile): void {
  for (const [name, value] of Object.entries(tile)) {
    if (typeof value === 'number' && (!Number.isInteger(value) || value < 1)) {
      throw new RangeError(
        `${kernel}: the tile's ${name} is ${value}, but must be a whole number of at least 1`,
      );
    }
  }
}

/** A tile in a few words: `pixels 4, channels4 2`. */
export function describeTile(tile: Tile): string {
  return Object.entries(tile)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** True if both have the same numbers and forms by the same names. */
export function sameTile(a: Tile, b: Tile): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The candidates without duplicates and without those that are the default under another name. */
export function shortList(usual: Tile, candidates: readonly Candidate[]): readonly Candidate[] {
  const kept: Candidate[] = [];
  for (const one of candidates) {
    if (sameTile(one.tile, usual) || kept.some(({ tile }) => sameTile(tile, one.tile))) continue;
    kept.push(one);
  }
  return kept;
}
