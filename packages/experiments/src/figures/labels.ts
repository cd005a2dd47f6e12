/** What the labels look like before any training: findings and class balance. */
import type { LabelDistribution, Target } from '../report/results.ts';
import { type Figure, legend, text, textWidth } from './figure.ts';
import { Plot, panel } from './panel.ts';
import { CLASS_COLOURS, SIZE } from './style.ts';

/** Text on a bar: on both class colours its contrast is above 4.5:1. */
const ON_BAR = '#111111';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/**
 * Bars of each finding's share of one split, with "no finding" on top.
 *
 * @param data what the images are called
 */
export function labelDistributionFigure(distribution: LabelDistribution, data: string): Figure {
  const { n, positives, split } = distribution;
  const bars = [
    { name: 'No finding (healthy)', count: n - positives, healthy: true },
    ...[...distribution.findings]
      .sort((a, b) => b.count - a.count)
      .map(({ name, count }) => ({ name: name[0].toUpperCase() + name.slice(1), count, healthy: false })),
  ].map((bar) => ({ ...bar, share: (100 * bar.count) / n }));
  const width = 820;
  const height = 24 * bars.length + 60;
  const drawn = panel(0, 0, {
    width,
    height,
    marginLeft: 160,
    marginRight: 110,
    marginTop: 6,
    marginBottom: 42,
    x: {
      label: `share of the ${n.toLocaleString('en')} images, percent (an image may have several findings)`,
      labelAnchor: 'center',
      domain: [0, Math.max(...bars.map(({ share }) => share))],
      ticks: 6,
      grid: true,
      nice: true,
    },
    y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.barX(bars, {
        x: 'share',
        y: 'name',
        fill: (bar: (typeof bars)[number]) => (bar.healthy ? CLASS_COLOURS.healthy : CLASS_COLOURS.diseased),
        rx: 2,
        insetTop: 1,
        insetBottom: 1,
      }),
      Plot.text(bars, {
        x: 'share',
        y: 'name',
        text: (bar: (typeof bars)[number]) => `${bar.share.toFixed(1)} % (${bar.count.toLocaleString('en')})`,
        textAnchor: 'start',
        dx: 6,
        fill: 'currentColor',
      }),
      Plot.ruleX([0]),
    ],
  });
  return {
    id: 'labels-findings',
    title: `The ${distribution.findings.length} findings of ${data}, ${split}`,
    subtitle:
      `${percent(positives / n)} of the images carry at least one finding and count as diseased in the ` +
      'binary task',
    alt: `Bar chart of ${data}, ${split}: ${bars.map((bar) => `${bar.name} ${bar.share.toFixed(1)} %`).join(', ')}`,
    width,
    height,
    body: drawn,
  };
}

/** One stacked bar for each split: how many images are healthy, how many diseased. */
export function classBalanceFigure(
  distributions: readonly LabelDistribution[],
  data: Readonly<Record<Target, string>>,
): Figure {
  const nameWidth = Math.max(...distributions.map((d) => textWidth(`${data[d.target]}, ${d.split}`)));
  const left = Math.max(190, nameWidth + 16);
  const width = left + 630;
  const barWidth = width - left - 10;
  const keys = legend(
    [
      { label: 'healthy / normal', colour: CLASS_COLOURS.healthy, kind: 'square' },
      { label: 'diseased / pneumonia', colour: CLASS_COLOURS.diseased, kind: 'square' },
    ],
    width,
  );
  let y = keys.height + 8;
  let body = keys.body;
  let last = '';
  for (const { target, split, n, positives } of distributions) {
    if (last !== '' && last !== target) y += 12;
    last = target;
    const healthy = (n - positives) / n;
    const edge = left + barWidth * healthy;
    const name = `${data[target]}, ${split}`;
    body += text(left - 10, y + 16, name, { anchor: 'end' });
    body += `<rect x="${left}" y="${y}" width="${barWidth * healthy}" height="22" fill="${CLASS_COLOURS.healthy}"/>`;
    body +=
      `<rect x="${edge}" y="${y}" width="${barWidth * (1 - healthy)}" height="22" ` +
      `fill="${CLASS_COLOURS.diseased}"/>`;
    const label = (share: number, count: number): string =>
      `${percent(share)} (${count.toLocaleString('en')})`;
    const first = label(healthy, n - positives);
    const second = label(1 - healthy, positives);
    if (barWidth * healthy > textWidth(first)) {
      body += text(left + 8, y + 15.5, first, { colour: ON_BAR, bold: true });
    }
    if (barWidth * (1 - healthy) > textWidth(second)) {
      body += text(width - 18, y + 15.5, second, { colour: ON_BAR, bold: true, anchor: 'end' });
    }
    y += 28;
  }
  const middle = left + barWidth / 2;
  const top = keys.height + 2;
  body += `<path d="M${middle},${top}V${y}" stroke="currentColor" stroke-dasharray="3 3" opacity="0.7"/>`;
  body += text(middle, y + 14, 'half', { anchor: 'middle', size: SIZE.tick });
  return {
    id: 'labels-class-balance',
    title: 'Class balance of every split',
    subtitle: 'What a constant answer scores as accuracy is the length of the longer part',
    alt: `Stacked bars: ${distributions
      .map((d) => `${data[d.target]} ${d.split} ${percent(d.positives / d.n)} diseased of ${d.n}`)
      .join('; ')}`,
    width,
    height: y + 22,
    body,
  };
}
