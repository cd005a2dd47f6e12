/** The diagram of mean ranks and critical difference (Demšar, JMLR 7, 2006, figure 1). */
import { COLOURS, type Figure, SIZE, text, textWidth } from '@glassbox/experiments/report-parts';
import { brief } from '@glassbox/host/command-line';
import { groupsWithin } from '@glassbox/metrics';
import type { Ranks } from './statistics.ts';

const width = 760;
const row = 20;

const line = (path: string, thickness = 1.2, colour = 'currentColor') =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${thickness}"/>`;
/** Digits enough for a screen, and the same in every engine. */
const at = (value: number) => value.toFixed(1);

/**
 * Mean ranks on a line, the best on the right; a bar joins those that are not shown to differ.
 * @param names of the configurations, in the order of the mean ranks
 */
export function criticalDifferenceFigure(
  id: string,
  metric: string,
  names: readonly string[],
  { meanRanks, criticalDifference, sets }: NonNullable<Ranks['overall']>,
): Figure {
  const k = names.length;
  const order = names.map((_, i) => i).sort((a, b) => meanRanks[a] - meanRanks[b] || a - b);
  const labels = names.map((name) => `${brief(name)}  ${meanRanks[names.indexOf(name)].toFixed(2)}`);
  const margin = Math.min(260, Math.max(...labels.map((label) => textWidth(label))) + 16);
  const [left, right] = [margin, width - margin];
  const x = (rank: number) => right - ((rank - 1) / (k - 1)) * (right - left);
  const groups = groupsWithin(meanRanks, criticalDifference).map((group) => ({
    from: meanRanks[group[0]],
    to: meanRanks[group.at(-1)!],
  }));
  const axis = 56;
  const levels = packed(groups);
  const first = axis + 22 + 9 * (Math.max(-1, ...levels) + 1);
  const onRight = Math.ceil(k / 2);
  let body = line(`M${at(left)},${axis}H${at(right)}`);
  for (let rank = 1; rank <= k; rank++) {
    if (k > 16 && rank % 5 !== 0 && rank !== 1 && rank !== k) continue;
    body += line(`M${at(x(rank))},${axis}v-6`);
    body += text(Number(at(x(rank))), axis - 10, String(rank), { anchor: 'middle', size: SIZE.tick });
  }
  const length = Math.min(right - left, (criticalDifference / (k - 1)) * (right - left));
  body += line(`M${at(left)},16H${at(left + length)}M${at(left)},12v8M${at(left + length)},12v8`, 1.6);
  body += text(Number(at(left + length + 8)), 20, `CD ${criticalDifference.toFixed(2)}`, { size: SIZE.tick });
  order.forEach((which, place) => {
    const good = place < onRight;
    const y = first + row * (good ? place : k - 1 - place);
    const end = good ? right + 8 : left - 8;
    body += line(`M${at(x(meanRanks[which]))},${axis}V${y}H${at(end)}`, 1);
    body += text(Number(at(good ? end + 4 : end - 4)), y + 4, labels[which], {
      anchor: good ? 'start' : 'end',
    });
  });
  groups.forEach(({ from, to }, i) => {
    const y = axis + 9 + 9 * levels[i];
    body += line(`M${at(x(to) - 3)},${y}H${at(x(from) + 3)}`, 4, COLOURS.blue);
  });
  return {
    id,
    title: `Mean ranks by ${metric} over ${sets.length} sets`,
    subtitle:
      'The best is on the right; a bar joins configurations whose ranks differ by less than CD (Nemenyi, 5 %)',
    alt: order.map((which) => `${names[which]}: mean rank ${meanRanks[which].toFixed(2)}`).join('; '),
    width,
    height: first + row * onRight,
    body,
  };
}

/** The lowest level of each bar on which it meets no other. */
function packed(bars: readonly { readonly from: number; readonly to: number }[]): number[] {
  const ends: number[] = [];
  return bars.map(({ from, to }) => {
    const free = ends.findIndex((end) => end < from);
    const level = free < 0 ? ends.length : free;
    ends[level] = to;
    return level;
  });
}
