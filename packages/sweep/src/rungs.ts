/** What the rungs of a halving leave in the folders of cells, and which cells they let go on. */
import { join } from 'node:path';
import type { Halving } from './file.ts';
import { pathsOf } from './folder.ts';

/** `rung-K.json` in a cell's folder: what it was worth after so many epochs. */
export interface RungJson {
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  readonly rung: number;
  readonly epochs: number;
  /** The value of the metric; null if it is not defined. */
  readonly score: number | null;
}

/** Path of a cell's {@link RungJson}. @param rung from 0 */
export const rungFile = (dir: string, cell: { readonly name: string }, rung: number): string =>
  join(pathsOf(dir, cell).folder, `rung-${rung}.json`);

/** A rung that all of its cells have done. */
export interface RungResult<Cell> {
  readonly epochs: number;
  /** In the order of the sweep. */
  readonly cells: readonly { readonly cell: Cell; readonly score: number | null; readonly kept: boolean }[];
}

/** How far a halving is. */
export interface Progress<Cell> {
  readonly rungs: readonly RungResult<Cell>[];
  /** Cells that none of these rungs has dropped. */
  readonly going: readonly Cell[];
  /** Those of them that have not done the rung behind these; none if there is no such rung. */
  readonly missing: readonly Cell[];
}

/**
 * The rungs that are done by all of their cells, and what they decide.
 * @param scoreOf a cell's score at a rung; undefined if it has not done it
 */
export function progressOf<Cell>(
  cells: readonly Cell[],
  halving: Halving,
  scoreOf: (cell: Cell, rung: number) => number | null | undefined,
): Progress<Cell> {
  const done: RungResult<Cell>[] = [];
  let going = cells;
  for (const [rung, epochs] of halving.rungs.entries()) {
    const scores = going.map((cell) => scoreOf(cell, rung));
    const missing = going.filter((_, i) => scores[i] === undefined);
    if (missing.length > 0) return { rungs: done, going, missing };
    const known = scores.map((score) => score ?? null);
    const kept = new Set(survivors(going, known, halving));
    done.push({
      epochs,
      cells: going.map((cell, i) => ({ cell, score: known[i], kept: kept.has(cell) })),
    });
    going = [...kept];
  }
  return { rungs: done, going, missing: [] };
}

/**
 * The cells that go on after a rung: the best `keep` of them, at least one. Of equal ones the earlier in the sweep goes
 * on, so that everybody finds the same, in whatever order they were run.
 */
export function survivors<T>(cells: readonly T[], scores: readonly (number | null)[], halving: Halving): T[] {
  const sign = halving.metric === 'val.loss' ? 1 : -1;
  const value = (i: number) => (scores[i] === null ? Number.POSITIVE_INFINITY : sign * scores[i]);
  const kept = Math.max(1, Math.ceil(halving.keep * cells.length));
  const best = cells
    .map((_, i) => i)
    .sort((a, b) => (value(a) === value(b) ? a - b : value(a) - value(b)))
    .slice(0, kept);
  const going = new Set(best);
  return cells.filter((_, i) => going.has(i));
}
