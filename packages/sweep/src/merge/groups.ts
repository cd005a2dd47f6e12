/** Cells that differ only in their seed, as the configurations that tables name. */
import { visible } from '@glassbox/host/command-line';
import { canonical } from '../canonical.ts';
import { type DoneCell, optionsWithoutSeed, type PlannedCell } from './cells.ts';

/** All seeds of one set of options. */
export interface Configuration {
  /** The data set; empty where the sweep names none. */
  readonly set: string;
  /** What is compared: the options that differ within the sweep, but for those that name the set. */
  readonly name: string;
  /** By rising seed. */
  readonly cells: readonly DoneCell[];
}

/** A sweep by sets and by what is compared on them. */
export interface Groups {
  readonly configurations: readonly Configuration[];
  /** In the order of the sweep. */
  readonly sets: readonly string[];
  readonly names: readonly string[];
  /** Undefined where the sweep has no such cell, or none that is done. */
  find(set: string, name: string): Configuration | undefined;
}

/** A value as names show it: plain, unless it could be taken for another one. */
function shown(value: unknown): string {
  const plain =
    typeof value === 'string' && /^[A-Za-z./~][^\s"=]*$/.test(value) && !/^(true|false|null)$/.test(value);
  return visible(plain ? value : canonical(value));
}

/**
 * Groups cells by their options.
 * @param planned all cells of the sweep, so that a partial merge has the names of the whole one
 * @param by options that name the data set
 */
export function groupCells(
  planned: readonly PlannedCell[],
  cells: readonly DoneCell[],
  by: readonly string[],
): Groups {
  const values = new Map<string, Set<string>>();
  const options = planned.map(optionsWithoutSeed);
  for (const key of new Set(options.flatMap((one) => Object.keys(one)))) {
    values.set(key, new Set(options.map((one) => (key in one ? canonical(one[key]) : ''))));
  }
  const differing = [...values]
    .filter(([key, different]) => different.size > 1 && !by.includes(key))
    .map(([key]) => key)
    .sort();
  const runs = new Set(planned.map(({ run }) => run));
  const nameOf = (cell: PlannedCell): string => {
    const own = optionsWithoutSeed(cell);
    const parts = differing
      .filter((key) => key in own)
      .map((key) => (differing.length === 1 ? shown(own[key]) : `${visible(key)}=${shown(own[key])}`));
    return [...(runs.size > 1 || parts.length === 0 ? [cell.run] : []), ...parts].join(' ');
  };
  const setOf = ({ options: own }: PlannedCell) =>
    by.flatMap((key) => (key in own ? [shown(own[key])] : [])).join(' ');
  const groups = new Map<string, { set: string; name: string; cells: DoneCell[] }>();
  for (const cell of cells) {
    const key = canonical([setOf(cell), nameOf(cell)]);
    const group = groups.get(key) ?? { set: setOf(cell), name: nameOf(cell), cells: [] };
    group.cells.push(cell);
    groups.set(key, group);
  }
  const configurations = [...groups.values()];
  for (const group of configurations) group.cells.sort((a, b) => a.seed - b.seed);
  return {
    configurations,
    sets: [...new Set(cells.map(setOf))],
    names: [...new Set(cells.map(nameOf))],
    find: (set, name) => groups.get(canonical([set, name])),
  };
}
