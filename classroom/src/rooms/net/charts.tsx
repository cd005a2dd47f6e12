/** Curves of the training. Observable Plot comes when there is something to draw, so that the page opens sooner. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { curves, dark, language, strings } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';

const plot = signal<typeof import('@observablehq/plot') | undefined>(undefined);

interface Point {
  readonly step: number;
  readonly value: number;
}

/** More points than this are drawn as means of their neighbours. */
const maxPoints = 240;

/** Means over so many steps that there are few enough points. */
function thinned(values: readonly number[]): Point[] {
  const every = Math.max(1, Math.ceil(values.length / maxPoints));
  const points: Point[] = [];
  for (let start = 0; start < values.length; start += every) {
    const some = values.slice(start, start + every);
    const value = some.reduce((sum, each) => sum + each, 0) / some.length;
    points.push({ step: start + some.length, value });
  }
  return points;
}

export function Charts() {
  const t = strings.value;
  if (!plot.value) void import('@observablehq/plot').then((loaded) => (plot.value = loaded));
  const percent = (value: number) => `${formatNumber(language.value, 100 * value, 1)} %`;
  const { losses, scores } = curves.value;
  const accuracy = scores.map(({ step, accuracy: value }) => ({ step, value }));
  return (
    <>
      <Chart
        name={t.lossChart}
        points={thinned(losses)}
        last={formatNumber(language.value, losses.at(-1) ?? Number.NaN, 4)}
        domain={[0, Math.max(0.8, ...losses.slice(-2000).map((loss) => Math.min(loss, 3)))]}
        form={(value) => formatNumber(language.value, value, 1)}
      />
      <Chart
        name={t.accuracyChart}
        points={accuracy}
        last={percent(accuracy.at(-1)?.value ?? Number.NaN)}
        domain={[0.4, 1]}
        form={(value) => `${Math.round(100 * value)} %`}
        accent
      />
    </>
  );
}

interface ChartProps {
  readonly name: string;
  readonly points: readonly Point[];
  readonly last: string;
  readonly domain: readonly [number, number];
  readonly form: (value: number) => string;
  readonly accent?: boolean;
}

function Chart({ name, points, last, domain, form, accent }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const t = strings.value;
  const Plot = plot.value;
  const isDark = dark.value;
  const end = Math.max(50, curves.value.losses.length);
  useLayoutEffect(() => {
    const element = place.current!;
    if (!Plot) return;
    const size = parseFloat(getComputedStyle(element).fontSize);
    const width = Math.max(200, element.clientWidth);
    const stroke = accent ? (isDark ? '#ff9e4a' : '#b84a00') : isDark ? '#5cacff' : '#005ab5';
    const chart = Plot.plot({
      width,
      height: Math.round(width * 0.46),
      marginTop: 8,
      marginRight: size,
      marginBottom: 2.1 * size,
      marginLeft: 3.4 * size,
      style: { fontSize: `${Math.max(12, 0.8 * size)}px`, background: 'transparent', overflow: 'visible' },
      x: {
        domain: [0, end],
        label: null,
        ticks: 4,
        tickFormat: (value) => value.toLocaleString(language.peek()),
      },
      y: { domain: [...domain], label: null, ticks: 4, grid: true, tickFormat: form, clamp: true },
      marks: [
        Plot.line(points, { x: 'step', y: 'value', stroke, strokeWidth: 2 }),
        Plot.dot(points.slice(-1), { x: 'step', y: 'value', fill: stroke, r: 3.5 }),
      ],
    });
    chart.setAttribute('aria-hidden', 'true');
    element.replaceChildren(chart);
  }, [Plot, points, end, isDark, language.value]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{name}</span>
        <b>{points.length > 0 ? last : '–'}</b>
      </figcaption>
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={t.chartNow(name, points.length > 0 ? last : '–')}
      />
      <p class="axis">{t.steps}</p>
    </figure>
  );
}
