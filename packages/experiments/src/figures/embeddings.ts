/** Latent spaces: the same points in the same colours, one panel for each net, and how alike the spaces are. */
import type {
  EmbeddedPoints,
  EmbeddingSimilarity,
  EmbeddingSituation,
  RunResults,
  Target,
} from '../report/results.ts';
import { type Figure, legend, rowLabel, shortName, text, twoLines } from './figure.ts';
import { Plot, panel } from './panel.ts';
import { CLASS_COLOURS, SIZE } from './style.ts';

/** Class names as drawn. */
export const CLASS_NAMES: Record<Target, readonly [string, string]> = {
  chest: ['healthy', 'diseased'],
  pneumonia: ['normal', 'pneumonia'],
};

/**
 * Small multiples of one reduction.
 *
 * @param situations embeddings of one target's points, in the order of the panels
 */
export function embeddingsFigure(
  id: string,
  title: string,
  method: 'pca' | 'tsne',
  situations: readonly EmbeddingSituation[],
  points: EmbeddedPoints,
): Figure {
  const count = situations.length;
  const columns = count === 4 ? 2 : count > 6 ? 4 : Math.min(3, count);
  const side = count === 4 ? 330 : [420, 420, 400, 290, 226][columns];
  const gap = 22;
  const caption = 70;
  const width = columns * side + (columns - 1) * gap;
  const keys = classLegend(situations[0].target, width);
  const line = side + caption + (method === 'pca' ? 18 : 0);
  let body = keys.body;
  situations.forEach((situation, i) => {
    const x = (i % columns) * (side + gap);
    const y = keys.height + 14 + Math.floor(i / columns) * line;
    body += heading(x, y, situation, side);
    body += scatter(x, y + 38, side, method, situation, points);
  });
  const first = situations[0];
  const how =
    method === 'pca'
      ? 'First two principal components'
      : `t-SNE, perplexity ${Number(first.tsne.perplexity.toFixed(1))}; only neighbourhoods mean ` +
        'something, not distances or axes';
  return {
    id,
    title,
    subtitle:
      `${how}; ${first.n} ${points.split} images, ${seedsOf(situations)}. k-NN is balanced accuracy in ` +
      `all ${first.d} dimensions`,
    alt: `${method === 'pca' ? 'PCA' : 't-SNE'} scatter plots: ${situations
      .map((s) => `${s.title}, silhouette ${s.separation.silhouette.toFixed(2)}`)
      .join('; ')}`,
    width,
    height: keys.height + 14 + Math.ceil(situations.length / columns) * line - 14,
    body,
    points: first.target,
  };
}

/** The situations of a target in the order of the run; where one is given for several seeds, the first. */
export function situationsOf(
  { embeddings }: Pick<RunResults, 'embeddings'>,
  target: Target,
): EmbeddingSituation[] {
  const seen = new Set<string>();
  return embeddings.filter((one) => one.target === target && !seen.has(one.id) && seen.add(one.id));
}

/** PCA on the left and t-SNE on the right, one line for each net. */
export function latentPairFigure(
  id: string,
  title: string,
  situations: readonly EmbeddingSituation[],
  points: EmbeddedPoints,
): Figure {
  const side = 380;
  const gap = 40;
  const width = 2 * side + gap;
  const keys = classLegend(situations[0].target, width);
  const line = side + 62;
  let body = keys.body;
  situations.forEach((situation, i) => {
    const y = keys.height + i * line;
    body += heading(0, y, situation, width);
    body += text(side + gap, y + 31, `t-SNE, perplexity ${Number(situation.tsne.perplexity.toFixed(1))}`, {
      size: SIZE.tick,
      opacity: 0.75,
    });
    body += scatter(0, y + 38, side, 'pca', situation, points);
    body += scatter(side + gap, y + 38, side, 'tsne', situation, points);
  });
  return {
    id,
    title,
    subtitle:
      `Principal components and t-SNE of the same ${situations[0].n} ${points.split} images, ` +
      `${seedsOf(situations)}`,
    alt: situations.map((s) => `${s.title}: silhouette ${s.separation.silhouette.toFixed(2)}`).join('; '),
    width,
    height: keys.height + situations.length * line,
    body,
    points: situations[0].target,
  };
}

/** `net of seed 0, epoch 7`, or the seeds where there are several nets. */
function seedsOf(situations: readonly EmbeddingSituation[]): string {
  const [{ net, seed }] = situations;
  if (situations.length === 1) return `seed ${seed}${net ? `, epoch ${net.epoch} of ${net.epochs}` : ''}`;
  const seeds = [...new Set(situations.map((s) => s.seed))];
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(' and ')}`;
}

function classLegend(target: Target, width: number): { body: string; height: number } {
  const [zero, one] = CLASS_NAMES[target];
  return legend(
    [
      { label: zero, colour: CLASS_COLOURS.healthy },
      { label: one, colour: CLASS_COLOURS.diseased },
    ],
    width,
  );
}

function heading(x: number, y: number, { title, separation }: EmbeddingSituation, width: number): string {
  const scores =
    `silhouette ${separation.silhouette.toFixed(2)}  ·  ${separation.k}-NN ` +
    `${separation.knnBalancedAccuracy.toFixed(2)}  ·  probe AUC ${separation.probeAuc.toFixed(2)}`;
  const size = width < 250 ? SIZE.label : SIZE.subtitle;
  const lines = twoLines(shortName(title), width, size);
  return (
    lines
      .map((part, i) => text(x, y + 14 + 16 * (i - lines.length + 1), part, { bold: true, size }))
      .join('') + text(x, y + 31, scores, { size: SIZE.tick, opacity: 0.75 })
  );
}

/** Interleaved, so that neither class covers the other: which point is drawn first, second, … */
export function drawingOrder(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i).sort((a, b) => ((a * 7919) % n) - ((b * 7919) % n));
}

/** One panel of dots; `bare` leaves the axes out. */
export function scatter(
  x: number,
  y: number,
  side: number,
  method: 'pca' | 'tsne',
  situation: EmbeddingSituation,
  points: EmbeddedPoints,
  bare = method === 'tsne',
): string {
  const { xy } = situation[method];
  const dots = points.labels.map((label, i) => ({ x: xy[2 * i], y: xy[2 * i + 1], label }));
  const order = drawingOrder(dots.length);
  const [first, second] = situation.pca.explainedVarianceRatio;
  const axis = (component: number, share: number) =>
    !bare
      ? {
          label: `component ${component} (${(100 * share).toFixed(0)} % of variance)`,
          labelAnchor: 'center' as const,
          ticks: 5,
          nice: true,
        }
      : { axis: null, inset: 8 };
  const axes = !bare;
  const heights = dots.map((dot) => dot.y);
  // Ticks such as −0.05 need room beside the axis' label.
  const ticksWide = Math.max(...heights) - Math.min(...heights) < 2;
  return panel(x, y, {
    width: side,
    height: side + (axes ? 18 : 0) - 8,
    marginLeft: axes ? (ticksWide ? 56 : 44) : 1,
    marginRight: axes ? 12 : 1,
    marginTop: 2,
    marginBottom: axes ? 40 : 2,
    x: axis(1, first),
    y: axis(2, second),
    marks: [
      Plot.frame({ stroke: 'currentColor', strokeOpacity: 0.25 }),
      Plot.dot(
        order.map((i) => dots[i]),
        {
          x: 'x',
          y: 'y',
          r: side < 200 ? 1.7 : 2.3,
          fill: (dot: (typeof dots)[number]) =>
            dot.label === 1 ? CLASS_COLOURS.diseased : CLASS_COLOURS.healthy,
          fillOpacity: 0.72,
        },
      ),
    ],
  });
}

/** How alike the latent spaces are: centred kernel alignment above the diagonal, shared neighbours below. */
export function similarityFigure(
  id: string,
  data: string,
  situations: readonly EmbeddingSituation[],
  similarities: readonly EmbeddingSimilarity[],
): Figure {
  const n = situations.length;
  const cell = 66;
  const left = 250;
  const top = 34;
  let body = text(left, 14, 'upper right: linear CKA', { size: SIZE.tick, opacity: 0.8 });
  body += text(left + 172, 14, 'lower left: shared nearest neighbours', {
    size: SIZE.tick,
    opacity: 0.8,
  });
  situations.forEach((row, i) => {
    body += rowLabel(left - 10, top + cell * (i + 0.5), `${shortName(row.title)}  [${i + 1}]`, left - 16);
    body += text(left + cell * (i + 0.5), top + n * cell + 18, `[${i + 1}]`, { anchor: 'middle' });
    situations.forEach((column, j) => {
      const pair = similarities.find(
        ({ a, b }) => (a === row.id && b === column.id) || (b === row.id && a === column.id),
      );
      const value = i === j ? undefined : j > i ? pair?.cka : pair?.neighbourOverlap;
      const x = left + cell * j;
      const y = top + cell * i;
      // Pale enough for the page's own text colour, light or dark.
      const shade = value === undefined ? 0.06 : 0.1 + 0.6 * value;
      body +=
        `<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="3" ` +
        `fill="${CLASS_COLOURS.healthy}" fill-opacity="${shade.toFixed(3)}"/>`;
      if (value !== undefined) {
        body += text(x + cell / 2, y + cell / 2 + 5, value.toFixed(2), {
          anchor: 'middle',
          bold: true,
          size: SIZE.subtitle,
        });
      }
    });
  });
  return {
    id,
    title: `How alike the latent spaces of ${data} images are`,
    subtitle:
      `Linear CKA (1: equal up to rotation and scale) and share of common ${similarities[0]?.k ?? 10} ` +
      'nearest neighbours, same points',
    alt: similarities.map((s) => `${s.a} and ${s.b}: CKA ${s.cka.toFixed(2)}`).join('; '),
    width: Math.max(left + n * cell + 10, left + 172 + 200),
    height: top + n * cell + 28,
    body,
  };
}
