/** Which images train, which choose the best epoch, and which judge. */
import { UsageError } from '@glassbox/host/command-line';
import { RandomStream } from '@glassbox/nn';
import { type SplitName, splitNames } from './find.ts';

/** What a split looks at. */
export interface SplitInput {
  /** Class of each image. */
  readonly labels: ArrayLike<number>;
  readonly classes: readonly string[];
  /** The split of each image where the data say so. */
  readonly given: readonly (SplitName | undefined)[];
  /** Images with the same key stay together: patients, or copies of one image. */
  readonly keys: readonly string[];
  /** Shares of val and test that are drawn where the data have none. */
  readonly val: number;
  readonly test: number;
  readonly seed: number;
}

/** Row numbers of each split, ascending. */
export type Splits = Readonly<Record<SplitName, readonly number[]>>;

/** The stream of the draws: far from those that initial weights count up from 0. */
const splitStream = 0x73706c74;

/**
 * Splits images by the seed, each class for itself: the shares of val and test are drawn from what the data do not
 * assign. Rare classes come first, so that patients with images of several classes go where the rare ones need them.
 * @throws UsageError if a class has no image in one of the splits.
 */
export function splitImages(input: SplitInput): Splits {
  const { labels, classes, given, seed } = input;
  const drawn = (['test', 'val'] as const).filter((split) => !given.includes(split));
  const splits = given.map((split) => (split === 'train' && drawn.length > 0 ? undefined : split));
  if (drawn.length > 0) {
    const units = unitsToAssign(input);
    for (const label of byCount(labels, classes.length)) {
      const own = units.filter((unit) => unit.some((row) => labels[row] === label));
      if (own.length <= drawn.length) throw tooFew(classes[label], own.length, drawn.length + 1);
      const order = new RandomStream(seed, [splitStream, label]).permutation(own.length);
      const count = (rows: readonly number[]) => rows.filter((row) => labels[row] === label).length;
      const total = own.reduce((sum, unit) => sum + count(unit), 0);
      // Those that a rarer class has assigned already stay where they are.
      const waiting = Array.from(order, (index) => own[index]).filter(([row]) => splits[row] === undefined);
      for (const split of drawn) {
        const have = own.reduce((sum, unit) => sum + (splits[unit[0]] === split ? count(unit) : 0), 0);
        const wanted = Math.max(1, Math.round(input[split] * total)) - have;
        for (const unit of draw(waiting, wanted, count)) for (const row of unit) splits[row] = split;
      }
      for (const unit of waiting) for (const row of unit) splits[row] = 'train';
    }
  }
  const rowsOf = (name: SplitName) => splits.flatMap((split, row) => (split === name ? [row] : []));
  const result = { train: rowsOf('train'), val: rowsOf('val'), test: rowsOf('test') };
  checkClasses(result, input);
  return result;
}

/** Classes, the rarest first. */
function byCount(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let row = 0; row < labels.length; row++) counts[labels[row]]++;
  return [...counts.keys()].sort((a, b) => counts[a] - counts[b] || a - b);
}

/** Rows that stay together, of all that the data give to no split but train. */
function unitsToAssign({ given, keys }: SplitInput): number[][] {
  const units = new Map<string, number[]>();
  given.forEach((split, row) => {
    if (split !== undefined && split !== 'train') return;
    const unit = units.get(keys[row]);
    if (unit) unit.push(row);
    else units.set(keys[row], [row]);
  });
  return [...units.values()];
}

/** Takes units off the list until they have about so many rows that count: at least one unit, and one is left. */
function draw(waiting: number[][], wanted: number, count: (rows: readonly number[]) => number): number[][] {
  const taken: number[][] = [];
  if (wanted <= 0) return taken;
  let have = 0;
  for (let at = 0; at < waiting.length && waiting.length > 1; ) {
    const more = count(waiting[at]);
    if (have + more / 2 <= wanted) {
      taken.push(...waiting.splice(at, 1));
      have += more;
    } else at++;
  }
  if (taken.length === 0 && waiting.length > 1) {
    const smallest = waiting.reduce((best, unit, at) => (count(unit) < count(waiting[best]) ? at : best), 0);
    taken.push(...waiting.splice(smallest, 1));
  }
  return taken;
}

function checkClasses(splits: Splits, { labels, classes, keys }: SplitInput): void {
  for (const name of splitNames) {
    const empty = classes.findIndex((_, label) => !splits[name].some((row) => labels[row] === label));
    if (empty < 0) continue;
    const why = new Set(keys).size < keys.length ? ' (images of a group, and copies, stay together)' : '';
    throw new UsageError(
      `class '${classes[empty]}' has no image in ${name}: every class needs one in train, val and test at least${why}`,
    );
  }
}

function tooFew(name: string, count: number, needed: number): UsageError {
  return new UsageError(
    `class '${name}' has ${count} ${count === 1 ? 'image' : 'images'} (or groups) to draw from: ${needed} are ` +
      'needed, one for each split at least. Collect more, or leave the class out',
  );
}

/** Pairs of images that look the same to the net though they are in two splits, or have two labels: sentences. */
export function overlaps(
  digests: readonly string[],
  names: readonly string[],
  labels: ArrayLike<number>,
  classes: readonly string[],
  splits: Splits,
): string[] {
  const splitOf: SplitName[] = [];
  for (const split of splitNames) for (const row of splits[split]) splitOf[row] = split;
  const first = new Map<string, number>();
  const pairs: [number, number][] = [];
  digests.forEach((digest, row) => {
    const other = first.get(digest);
    if (other === undefined) first.set(digest, row);
    else pairs.push([other, row]);
  });
  const leaking = pairs.filter(([a, b]) => splitOf[a] !== splitOf[b]);
  const torn = pairs.filter(([a, b]) => labels[a] !== labels[b]);
  const both = ([[a, b]]: typeof pairs) => `${names[a]} and ${names[b]}`;
  return [
    ...(leaking.length > 0
      ? [
          `${leaking.length} images of one split are in another one, too (${both(leaking)}): scores on them flatter ` +
            'the net',
        ]
      : []),
    ...(torn.length > 0
      ? [
          `${torn.length} images have a copy with another label (${both(torn)}: ${classes[labels[torn[0][0]]]}, ` +
            `${classes[labels[torn[0][1]]]})`,
        ]
      : []),
  ];
}
