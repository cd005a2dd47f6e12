/** The losses of a training's epochs. Observable Plot comes when there is something to draw. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { dark, language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import type { TrainingView } from './messages.ts';
import { strings } from './strings.ts';

const plot = signal<typeof import('@observablehq/plot') | undefined>(undefined);

export function LossCurve({ training: { trainLoss, valLoss, limit } }: { readonly training: TrainingView }) {
  const t = useStrings(strings);
  const place = useRef<HTMLDivElement>(null);
  if (!plot.value) void import('@observablehq/plot').then((loaded) => (plot.value = loaded));
  const Plot = plot.value;
  const isDark = dark.value;
  const last = (losses: readonly number[]) => formatNumber(language.value, losses.at(-1) ?? Number.NaN, 4);
  useLayoutEffect(() => {
    const element = place.current!;
    if (!Plot) return;
    const size = parseFloat(getComputedStyle(element).fontSize);
    const width = Math.max(200, element.clientWidth);
    const colours = isDark ? ['#5cacff', '#ff9e4a'] : ['#005ab5', '#b84a00'];
    const curves = [trainLoss, valLoss].map((losses) => losses.map((loss, i) => ({ epoch: i + 1, loss })));
    const chart = Plot.plot({
      width,
      height: Math.round(Math.min(16 * size, width * 0.4)),
      marginRight: size,
      marginBottom: 2.1 * size,
      marginLeft: 3.4 * size,
      style: { fontSize: `${Math.max(12, 0.8 * size)}px`, background: 'transparent', overflow: 'visible' },
      x: { domain: [1, Math.max(2, limit)], label: null, ticks: 5, tickFormat: 'd' },
      y: {
        label: null,
        ticks: 4,
        grid: true,
        nice: true,
        tickFormat: (loss: number) => formatNumber(language.peek(), loss, 2),
      },
      marks: curves.flatMap((points, i) => [
        Plot.line(points, { x: 'epoch', y: 'loss', stroke: colours[i], strokeWidth: 2 }),
        Plot.dot(points.slice(-1), { x: 'epoch', y: 'loss', fill: colours[i], r: 3.5 }),
      ]),
    });
    chart.setAttribute('aria-hidden', 'true');
    element.replaceChildren(chart);
  }, [Plot, trainLoss, valLoss, limit, isDark, language.value]);
  return (
    <figure class="loss">
      <figcaption>
        <span>{t.lossHead}</span>
        <span class="key train">
          {t.trainLoss} <b>{last(trainLoss)}</b>
        </span>
        <span class="key val">
          {t.valLoss} <b>{last(valLoss)}</b>
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={t.lossNow(last(trainLoss), last(valLoss))} />
    </figure>
  );
}
