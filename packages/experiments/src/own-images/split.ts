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
 * Splits images, each class for itself, by the seed: the shares of val and test are drawn from what is not val or test
 * already. A key (a patient) with images of several classes counts for the class that most of them have.
 * @throws UsageError if a class has no image in one of the splits.
 */
export function splitImages(input: SplitInput): Splits {
  const { labels, classes, given, keys, seed } = input;
  const splits = given.map((split) => split ?? 'train');
  const drawn = (['test', 'val'] as const).filter((split) => !given.includes(split));
  for (const label of drawn.length > 0 ? classes.keys() : []) {
    const units = unitsOf(label, labels, keys, splits);
    const rows = units.reduce((sum, unit) => sum + unit.length, 0);
    if (units.length <= drawn.length) throw tooFew(classes[label], units.length, drawn.length + 1);
    const order = new RandomStream(seed, [splitStream, label]).permutation(units.length);
    const waiting = Array.from(order, (index) => units[index]);
    // The share is of the images that the class had before anything was drawn.
    for (const split of drawn) {
      for (const row of draw(waiting, Math.max(1, Math.round(input[split] * rows)))) splits[row] = split;
    }
  }
  const result = Object.fromEntries(
    splitNames.map((name) => [name, splits.flatMap((split, row) => (split === name ? [row] : []))]),
  ) as Record<SplitName, number[]>;
  for (const name of splitNames) {
    const empty = classes.findIndex((_, label) => !result[name].some((row) => labels[row] === label));
    if (empty >= 0) {
      throw new UsageError(
        `class '${classes[empty]}' has no image in ${name}: every class needs one in train, val and test at least` +
          `${new Set(keys).size < keys.length ? ' (images of a group, and copies, stay together)' : ''}`,
      );
    }
  }
  return result;
}

/** Images that stay together, of the class that most of them have. */
function unitsOf(
  label: number,
  labels: ArrayLike<number>,
  keys: readonly string[],
  splits: readonly SplitName[],
): number[][] {
  const units = new Map<string, number[]>();
  splits.forEach((split, row) => {
    if (split !== 'train') return;
    const unit = units.get(keys[row]);
    if (unit) unit.push(row);
    else units.set(keys[row], [row]);
  });
  return [...units.values()].filter((rows) => classOf(rows.map((row) => labels[row])) === label);
}

/** The most frequent number, the smallest of those that are equally frequent. */
function classOf(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0][0];
}

/** Takes units off the list until they have about so many rows: at least one unit, and one is left. */
function draw(waiting: number[][], wanted: number): number[] {
  const taken: number[] = [];
  for (let at = 0; at < waiting.length && waiting.length > 1; ) {
    if (taken.length + waiting[at].length / 2 <= wanted) taken.push(...waiting.splice(at, 1)[0]);
    else at++;
  }
  if (taken.length === 0) {
    const smallest = waiting.reduce((best, unit, at) => (unit.length < waiting[best].length ? at : best), 0);
    taken.push(...waiting.splice(smallest, 1)[0]);
  }
  return taken;
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
