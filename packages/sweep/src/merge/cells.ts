/** The cells of a sweep as their folder has them, checked before they are believed. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brief, visible } from '@glassbox/host/command-line';
import {
  anything,
  atLeast0,
  checkOptions,
  type Kind,
  type OptionTable,
  oneOf,
  required,
  table,
  text,
  whole,
} from '@glassbox/options';
import { canonical } from '../canonical.ts';
import { type Halving, halvingNames } from '../file.ts';
import { progressOf, type RungJson, type RungResult, rungFile } from '../rungs.ts';

/** One training as the sweep planned it. */
export interface PlannedCell {
  /** Of its folder. */
  readonly name: string;
  /** The command that ran it: `medmnist`, `practical`, `train`. */
  readonly run: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

/** What a cell gave. */
export interface DoneCell extends PlannedCell {
  readonly scores: Readonly<Record<string, number>>;
  /** A value for each epoch. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  readonly cost: { readonly parameters?: number; readonly multiplications?: number };
}

/** When and where a cell was run. */
export interface CellTime {
  readonly name: string;
  readonly seconds?: number;
  readonly coreSeconds?: number;
  readonly peakBytes?: number;
  readonly diskBytes?: number;
  readonly host?: string;
  readonly endedAt?: string;
  readonly attempts?: number;
}

/** A sweep whose cells were read. */
export interface Sweep {
  readonly version: string;
  /** In their planned order. */
  readonly planned: readonly PlannedCell[];
  /** Of a halving: what is known of its rungs; its metric, and the cells that were dropped by them. */
  readonly halving?: {
    readonly metric: Halving['metric'];
    readonly rungs: readonly RungResult<PlannedCell>[];
  };
  /** Cells that are trained to their end: all that no rung has dropped. */
  readonly wanted: readonly PlannedCell[];
  /** Those that are done, in the same order; only a partial merge may lack some. */
  readonly cells: readonly DoneCell[];
  readonly times: readonly CellTime[];
}

/** Larger than the file of any sweep: 100,000 cells are 30 MB. */
const largestFile = 256 * 2 ** 20;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Also keeps names out of the prototype of objects, and control characters out of terminals. */
const isName = (name: string) =>
  /^[\w.,=+@:-]{1,200}$/.test(name) && name !== '__proto__' && !/^\.+$/.test(name);

const record = (what: string, fits: (value: unknown) => boolean): Kind => ({
  what: `an object of names and ${what}`,
  fits: (value) => isObject(value) && Object.entries(value).every(([name, one]) => isName(name) && fits(one)),
});
const finite = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const someObject: Kind = { what: 'an object', fits: isObject };
const name: Kind = {
  what: 'a name of up to 200 letters, digits and . , = + @ : _ -',
  fits: (value) => typeof value === 'string' && isName(value),
};
const cellNames: OptionTable<PlannedCell> = {
  name: required(name),
  run: required(name),
  options: required(someObject),
  seed: required(whole(0)),
};
interface DoneFile extends DoneCell {
  readonly format: 1;
  readonly version: string;
}
const doneNames: OptionTable<DoneFile> = {
  ...cellNames,
  format: required(oneOf(1)),
  version: required(text),
  scores: required(record('finite numbers', finite)),
  curves: required(record('lists of finite numbers', (value) => Array.isArray(value) && value.every(finite))),
  cost: required(someObject),
};
const costNames: OptionTable<DoneCell['cost']> = { parameters: atLeast0, multiplications: atLeast0 };
const timeNames: OptionTable<Omit<CellTime, 'name'>> = {
  seconds: atLeast0,
  coreSeconds: atLeast0,
  peakBytes: atLeast0,
  diskBytes: atLeast0,
  host: text,
  endedAt: text,
  attempts: whole(0),
};
interface SweepFile {
  readonly format: 1;
  readonly version: string;
  readonly file?: unknown;
  readonly cells: readonly PlannedCell[];
  readonly halving?: Halving;
}
const sweepNames: OptionTable<SweepFile> = {
  format: required(oneOf(1)),
  version: required(text),
  file: anything,
  cells: required({ what: 'a list of cells', fits: (value) => Array.isArray(value) && value.length > 0 }),
  halving: table(halvingNames),
};
const rungNames: OptionTable<RungJson> = {
  format: required(oneOf(1)),
  name: required(name),
  version: required(text),
  rung: required(whole(0)),
  epochs: required(whole(1)),
  score: required({ what: 'a finite number or null', fits: (value) => value === null || finite(value) }),
};

/** The JSON of a file; undefined where there is none. @throws where it is too large, or no JSON */
function readJson(path: string, shown: string): unknown {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isFile()) throw new Error(`${shown} is no file`);
  if (found.size > largestFile)
    throw new Error(`${shown} has ${found.size} bytes; at most ${largestFile} are read`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${shown} is no JSON (${brief(error.message)}); remove it, and run its cell again`);
  }
}

/** Options without the seed: what all seeds of a configuration share. */
export function optionsWithoutSeed({ options }: PlannedCell): Readonly<Record<string, unknown>> {
  const { seed: _, ...rest } = options;
  return rest;
}

/** The first few of some names. */
const few = (names: readonly string[]) =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? `, … (${names.length})` : ''}`;

/**
 * Reads `sweep.json` and every cell's `done.json` and `time.json`. A cell that a rung of a halving has dropped is no
 * gap.
 *
 * @param partial leave out cells that are not done
 * @throws an error that names what cannot be merged: gaps, doubled and foreign cells, cells of another version or with
 *   other options than were planned, files of the wrong kind
 */
export function readSweep(dir: string, partial: boolean): Sweep {
  const file = readJson(join(dir, 'sweep.json'), join(dir, 'sweep.json')) as SweepFile | undefined;
  if (file === undefined) {
    throw new Error(
      `${visible(dir)} holds no sweep: its sweep.json is missing; name the folder that --out named`,
    );
  }
  checkOptions('sweep.json', file, sweepNames);
  for (const [i, cell] of file.cells.entries()) checkOptions(`sweep.json: cell ${i}`, cell, cellNames);
  const problems = [...doubled(file.cells), ...foreign(dir, file.cells)];
  const { rungs, going: wanted } = readRungs(dir, file, problems);
  const gaps: string[] = [];
  const cells: DoneCell[] = [];
  const times: CellTime[] = [];
  for (const planned of wanted) {
    try {
      const done = readCell(dir, planned, file.version);
      if (done === undefined) {
        gaps.push(planned.name);
        continue;
      }
      cells.push(done);
      times.push(readTime(dir, planned.name));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const again = `npm run sweep -- ${typeof file.file === 'string' ? visible(file.file) : 'FILE.json'} --out ${dir}`;
  if (gaps.length > 0 && (!partial || cells.length === 0)) {
    problems.unshift(
      `${gaps.length} of ${wanted.length} cells are not done: ${few(gaps)}; ${again} runs them` +
        `${cells.length > 0 ? ', and --partial merges the others' : ''}`,
    );
  }
  if (problems.length > 0) {
    const shown = problems.slice(0, 20).map((problem) => `\n  ${visible(problem)}`);
    const more = problems.length > 20 ? `\n  … ${problems.length - 20} more` : '';
    throw new Error(`${visible(dir)} is not merged:${shown.join('')}${more}`);
  }
  const { version, cells: planned, halving } = file;
  const known = halving && { halving: { metric: halving.metric, rungs } };
  return { version, planned, ...known, wanted, cells, times };
}

/**
 * What the rungs of a halving have decided; of another sweep nothing.
 * @param problems takes what is wrong: files that are not what they should be, and dropped cells that are done
 */
function readRungs(dir: string, { cells, halving, version }: SweepFile, problems: string[]) {
  if (halving === undefined) return { rungs: [], going: cells };
  checkOptions('sweep.json: halving', halving, halvingNames);
  const progress = progressOf(cells, halving, (cell, rung) => {
    try {
      return readRung(dir, cell, rung, halving.rungs[rung], version)?.score;
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  });
  const going = new Set(progress.going);
  for (const { name } of cells.filter((cell) => !going.has(cell))) {
    if (!statSync(join(dir, 'cells', name, 'done.json'), { throwIfNoEntry: false })) continue;
    problems.push(`${name} is done although a rung has dropped it; move its folder away, or its done.json`);
  }
  return progress;
}

/** What a cell was worth at a rung; undefined if it has not done it. */
function readRung(dir: string, { name }: PlannedCell, rung: number, epochs: number, version: string) {
  const shown = `cells/${name}/rung-${rung}.json`;
  const found = readJson(rungFile(dir, { name }, rung), shown) as RungJson | undefined;
  if (found === undefined) return undefined;
  checkOptions(shown, found, rungNames);
  for (const [key, value] of Object.entries({ name, version, rung, epochs })) {
    if (found[key as keyof RungJson] === value) continue;
    throw new Error(
      `${shown} has another ${key} than the sweep: ${brief(String(found[key as keyof RungJson]))} in place of ` +
        `${value}; remove it, and run its rung again`,
    );
  }
  return found;
}

/** Names that two cells have, and cells that are the same but for their name. */
function doubled(cells: readonly PlannedCell[]): string[] {
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const cell of cells) {
    const content = canonical([cell.run, optionsWithoutSeed(cell), cell.seed]);
    for (const key of [cell.name, content]) {
      const other = seen.get(key);
      if (other !== undefined)
        found.push(`${cell.name} is in the sweep twice${other === cell.name ? '' : `, also as ${other}`}`);
      seen.set(key, cell.name);
    }
  }
  return [...new Set(found)];
}

/** Folders of cells that the sweep does not have. */
function foreign(dir: string, cells: readonly PlannedCell[]): string[] {
  const folder = join(dir, 'cells');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const known = new Set(cells.map((cell) => cell.name));
  const others = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !known.has(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (others.length === 0) return [];
  return [
    `${others.length} cells are not of this sweep: ${few(others)}; move their folders out of ${folder}`,
  ];
}

/** What a cell gave; undefined if it is not done. */
function readCell(dir: string, planned: PlannedCell, version: string): DoneCell | undefined {
  const shown = `cells/${planned.name}/done.json`;
  const done = readJson(join(dir, shown), shown) as DoneFile | undefined;
  if (done === undefined) return undefined;
  checkOptions(shown, done, doneNames);
  checkOptions(`${shown}: cost`, done.cost, costNames);
  if (done.version !== version) {
    throw new Error(
      `${planned.name} is of version ${done.version}, the sweep of ${version}; run it again with that`,
    );
  }
  for (const key of ['name', 'run', 'options', 'seed'] as const) {
    if (canonical(done[key]) === canonical(planned[key])) continue;
    throw new Error(
      `${planned.name} has another ${key} than the sweep: ${brief(canonical(done[key]))} in place of ` +
        `${brief(canonical(planned[key]))}; move its folder away, and run it again`,
    );
  }
  return done;
}

/** When and where a cell was run; nothing but its name if nobody wrote that down. */
function readTime(dir: string, name: string): CellTime {
  const shown = `cells/${name}/time.json`;
  const time = readJson(join(dir, shown), shown) as Omit<CellTime, 'name'> | undefined;
  checkOptions(shown, time, timeNames);
  return { name, ...time };
}
