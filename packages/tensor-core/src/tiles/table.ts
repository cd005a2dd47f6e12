import {
  type KernelPlan,
  type Machine,
  sameTile,
  type Tile,
  type Tunable,
  tunedMachine,
} from '@glassbox/wgsl-kernels';

/** One kernel's tile as it was measured. */
export interface RememberedTile {
  /** The kernel's name. */
  readonly kernel: string;
  /** The kernel's tensors, for readers of the file. */
  readonly shapes: string;
  /** Hash of the kernel's text with its default tile: the kernel that was measured. */
  readonly text: string;
  /** The fastest; empty if that is the default. */
  readonly tile: Tile;
  /** Hash of its text with this tile. */
  readonly chosenText: string;
  /** True if both gave the same bits when they were measured. */
  readonly sameBits: boolean;
  /** Median milliseconds with this tile, and with the default. */
  readonly ms: number;
  /** Median milliseconds with the default tile. */
  readonly defaultMs: number;
}

/** What was measured on one device. */
export interface DeviceTiles {
  /** Day of the last measurement, as 2026-11-25. */
  readonly measured: string;
  /** The measurement was asked to choose among tiles that differ in bits, too. */
  readonly allowDifferentBits: boolean;
  /** Each kernel that was measured. */
  readonly kernels: readonly RememberedTile[];
}

/** What results should say about the tiles behind them. */
export interface TilesInUse {
  /** Kernels built with a measured tile. */
  readonly count: number;
  /** Those of them whose bits differ from the default's. */
  readonly differentBits: number;
  /** Of the whole table: equal hashes mean equal choices. */
  readonly hash: string;
}

/**
 * Tiles that were measured on one device. A choice is used only for the very kernel that was measured (its text with
 * the default tile must be the same), only if it still is on the kernel's short list, and only if it builds the text
 * that was measured: after a change of a kernel, what was remembered of it is forgotten. Tiles that differ from the
 * default in bits are refused unless the measurement was asked for them.
 */
export class TileTable {
  readonly #allowDifferentBits: boolean;
  readonly #entries = new Map<string, RememberedTile>();
  readonly #kernels = new Set<string>();
  readonly #used = new Map<string, boolean>();
  /** Hash of the whole table: equal hashes mean equal choices. */
  readonly hash: string;

  constructor({ allowDifferentBits, kernels }: DeviceTiles) {
    this.#allowDifferentBits = allowDifferentBits;
    for (const entry of kernels) {
      this.#entries.set(`${entry.kernel} ${entry.text}`, entry);
      this.#kernels.add(entry.kernel);
    }
    const lines = kernels.map(({ kernel, text, tile }) => JSON.stringify([kernel, text, tile])).sort();
    this.hash = textHash([JSON.stringify(allowDifferentBits), ...lines].join('\n'));
  }

  /** Kernels for which another tile than the default was the fastest. */
  get size(): number {
    return [...this.#entries.values()].filter(({ tile }) => Object.keys(tile).length > 0).length;
  }

  /** True if this kernel was measured, whatever came out. */
  knows(tunable: Tunable): boolean {
    return this.#entries.has(`${tunable.kernel} ${planHash(tunable.build())}`);
  }

  /** The tile to build a kernel with; undefined for the default. */
  choose(tunable: Tunable): Tile | undefined {
    if (!this.#kernels.has(tunable.kernel)) return undefined;
    const key = `${tunable.kernel} ${planHash(tunable.build())}`;
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const candidate = tunable.candidates().find(({ tile }) => sameTile(tile, entry.tile));
    if (!candidate) return undefined;
    const sameBits = candidate.sameBits && entry.sameBits;
    if (!sameBits && !this.#allowDifferentBits) return undefined;
    if (planHash(tunable.build(candidate.tile)) !== entry.chosenText) return undefined;
    this.#used.set(key, sameBits);
    return candidate.tile;
  }

  /** The machine, for kernels to be built with these tiles. */
  tuned(machine: Machine): Machine {
    return tunedMachine(machine, (tunable) => this.choose(tunable));
  }

  /** What was used so far; undefined if every kernel has its default tile. */
  inUse(): TilesInUse | undefined {
    const { hash } = this;
    const count = this.#used.size;
    if (count === 0) return undefined;
    const differentBits = [...this.#used.values()].filter((sameBits) => !sameBits).length;
    return { count, differentBits, hash };
  }
}

/** Hash of the texts of a plan's kernels. */
export function planHash({ kernels }: KernelPlan): string {
  return textHash(kernels.map(({ wgsl, workgroups }) => `${workgroups}\n${wgsl}`).join('\n'));
}

/**
 * 64 bits of a text as hexadecimal digits (FNV-1a, twice from different beginnings). No protection against ill will.
 */
function textHash(text: string): string {
  const fnv = (basis: number) => {
    let hash = basis;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  return fnv(0x811c9dc5) + fnv(0x5bd1e995);
}
