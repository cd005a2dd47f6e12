/** The most confident wrong answers of each net: the images, what they are, and what the net made of them. */
import { unpackImages } from '../report/images.ts';
import { MISTAKES_SHOWN, type Mistake, type Mistakes } from '../report/mistakes.ts';
import type { ResultRow, Target, TestImages } from '../report/results.ts';
import { CLASS_NAMES } from './embeddings.ts';
import { type Figure, rowLabel, text } from './figure.ts';
import { greyImage } from './image.ts';
import { SIZE } from './style.ts';

/** A net and what it answered wrongly. */
export interface NetMistakes {
  row: ResultRow;
  mistakes: Mistakes;
}

const LEFT = 190;
const SIDE = 66;
const STEP = SIDE + 8;
const BETWEEN = 26;
const LINE = SIDE + 44;

/**
 * One line for each net: false alarms on the left, misses on the right, the most confident first.
 *
 * @param data what the images are called
 */
export function mistakesFigure(
  id: string,
  data: string,
  target: Target,
  nets: readonly NetMistakes[],
  images: TestImages,
): Figure {
  const [zero, one] = CLASS_NAMES[target];
  const bytes = unpackImages(images);
  const pixels = images.size ** 2;
  const places = new Map(images.rows.map((row, i) => [row, i]));
  const second = LEFT + MISTAKES_SHOWN * STEP + BETWEEN;
  const heads = [`${zero}, called ${one}`, `${one}, called ${zero}`];
  let body = heads
    .map((head, i) => text(i === 0 ? LEFT : second, 14, head, { bold: true, size: SIZE.subtitle }))
    .join('');
  nets.forEach(({ row, mistakes }, line) => {
    const y = 26 + line * LINE;
    const groups = [mistakes.falseAlarms, mistakes.misses];
    body += rowLabel(LEFT - 14, y + SIDE / 2 - 12, row.name, LEFT - 20);
    const wrong = groups[0].length + groups[1].length;
    body += text(LEFT - 14, y + SIDE / 2 + 26, `seed ${row.seed}: ${wrong} of ${row.test.n} wrong`, {
      anchor: 'end',
      size: SIZE.tick,
      opacity: 0.8,
    });
    groups.forEach((group, side) => {
      const left = side === 0 ? LEFT : second;
      if (group.length === 0) body += text(left, y + SIDE / 2, 'none', { size: SIZE.tick });
      group.slice(0, MISTAKES_SHOWN).forEach((mistake, i) => {
        const place = places.get(mistake.row);
        const x = left + i * STEP;
        if (place !== undefined) {
          body += greyImage(bytes.subarray(place * pixels, (place + 1) * pixels), images.size, {
            x,
            y,
            width: SIDE,
          });
        }
        body += text(x + SIDE / 2, y + SIDE + 14, `p ${sure(mistake)}`, {
          anchor: 'middle',
          size: SIZE.tick,
        });
        body += text(x + SIDE / 2, y + SIDE + 28, `no. ${mistake.row}`, {
          anchor: 'middle',
          size: SIZE.tick,
          opacity: 0.8,
        });
      });
    });
  });
  return {
    id,
    title: `Most confident wrong answers on ${data}`,
    subtitle: `Label and answer above, p: the net’s probability of ${one}, no.: row of the test split, from 0`,
    alt: nets
      .map(
        ({ row, mistakes: { falseAlarms, misses } }) =>
          `${row.name}: ${falseAlarms.length} ${heads[0]}${worst(falseAlarms)}, ${misses.length} ` +
          `${heads[1]}${worst(misses)}`,
      )
      .join('; '),
    width: second + MISTAKES_SHOWN * STEP,
    height: 26 + nets.length * LINE,
    body,
  };
}

const worst = ([first]: readonly Mistake[]): string =>
  first ? ` (the most confident: image ${first.row} at p ${sure(first)})` : '';

/** A probability that is not rounded to a certainty. */
function sure({ probability }: Mistake): string {
  if (probability > 0.995) return '> .995';
  return probability < 0.005 ? '< .005' : probability.toFixed(2);
}
