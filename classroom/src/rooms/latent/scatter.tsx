/** A dot for each X-ray, where the net of the shown epoch puts it; beside it the X-ray that is pointed at. */
import { useMemo } from 'preact/hooks';
import { images, language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Card, isWrong } from './pointed.tsx';
import { fewestForTsne, type Layout } from './projections.ts';
import { className, imageName, percent } from './say.ts';
import {
  chosen,
  epochs,
  fields,
  layout,
  layouts,
  neighbourhood,
  now,
  planes,
  pointed,
  projectionProblem,
  setFields,
  shown,
} from './store.ts';
import { strings } from './strings.ts';
import { Table } from './table.tsx';

export function Scatter() {
  const t = useStrings(strings);
  const { projection, epochs: count } = fields.value;
  const plane = planes.value[shown.value];
  const map = neighbourhood.value;
  const number = (value: number, digits: number) => formatNumber(language.value, value, digits);
  return (
    <section class="card space" aria-labelledby="space-head">
      <div>
        <h2 id="space-head">
          {t.plotName(t.projections[projection], t.epochOf(Math.max(0, shown.value), count))}
        </h2>
        <Legend />
        <Dots />
        <p class="hint">
          {projection === 'pca' &&
            plane &&
            t.pcaSays(percent(plane.shares[0], 0), percent(plane.shares[1], 0))}
          {projection === 'tsne' && map && t.tsneSays(number(map.klDivergence, 2), number(map.perplexity, 0))}
        </p>
        <Table />
      </div>
      <Card />
    </section>
  );
}

function Legend() {
  const t = useStrings(strings);
  return (
    <p class="legend hint" aria-hidden="true">
      <span>
        <i class="dot c0" /> {className(0)}
      </span>
      <span>
        <i class="dot c1" /> {className(1)}
      </span>
      {images.value.some(({ label }) => label === undefined) && (
        <span>
          <i class="dot" /> {t.unknown}
        </span>
      )}
      <span>
        <i class="dot c0 wrong" />
        <i class="dot c1 wrong" /> {t.wrong}
      </span>
    </p>
  );
}

/** The largest coordinates of all epochs: so that the axes stay as they are. */
function extentOf(layouts: readonly Layout[]): {
  readonly x: readonly number[];
  readonly y: readonly number[];
} {
  const x = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const y = [...x];
  for (const each of layouts) {
    for (let i = 0; i < each.length; i++) {
      const range = i % 2 === 0 ? x : y;
      range[0] = Math.min(range[0], each[i]);
      range[1] = Math.max(range[1], each[i]);
    }
  }
  return { x, y };
}

/** Height of the plot for a width of 1. */
const aspect = 0.62;
/** Free at each side, as a share of the width. */
const margin = 0.03;

/** Both axes have the same scale. @returns shares of the plot's width and height */
function place(extent: ReturnType<typeof extentOf>, x: number, y: number): readonly [number, number] {
  const middle = ([low, high]: readonly number[]) => (low + high) / 2;
  const size = ([low, high]: readonly number[]) => high - low || 1;
  const scale = Math.min((1 - 2 * margin) / size(extent.x), (aspect - 2 * margin) / size(extent.y));
  return [0.5 + (x - middle(extent.x)) * scale, 0.5 - ((y - middle(extent.y)) * scale) / aspect];
}

function Dots() {
  const t = useStrings(strings);
  const { projection } = fields.value;
  const all = layouts.value;
  const extent = useMemo(() => extentOf(all), [all]);
  const found = layout.value;
  const here = now.value;
  const count = images.value.length;
  const few = projection === 'pca' ? 2 : fewestForTsne;
  if (count < few) return <p class="plot empty">{t.tooFew(few, t.projections[projection])}</p>;
  if (projectionProblem.value) return <p class="plot empty">{t.noProjection(projectionProblem.value)}</p>;
  if (!found || !here || here.probabilities.length !== count || found.length !== 2 * count) {
    return (
      <div class="plot empty">
        <progress max={fields.value.epochs + 1} value={epochs.value.length} aria-label={t.head} />
      </div>
    );
  }
  const at = Array.from({ length: count }, (_, n) => place(extent, found[2 * n], found[2 * n + 1]));
  const stop = chosen.value ?? 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be drawn as one
    <div
      class="plot"
      role="group"
      aria-label={t.plotKeys}
      style={{ aspectRatio: `1 / ${aspect}` }}
      onKeyDown={(event) => move(event, at)}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
    >
      {at.map(([x, y], n) => (
        <Dot key={n} n={n} x={x} y={y} wrong={isWrong(n)} isStop={n === stop} />
      ))}
    </div>
  );
}

function Dot({
  n,
  x,
  y,
  wrong,
  isStop,
}: {
  n: number;
  x: number;
  y: number;
  wrong: boolean;
  isStop: boolean;
}) {
  const t = useStrings(strings);
  const { label } = images.value[n];
  const name = t.pointName(imageName(n), className(label), percent(now.value!.probabilities[n]), wrong);
  const point = () => {
    pointed.value = n;
  };
  return (
    <button
      type="button"
      class={`dot ${label === undefined ? '' : `c${label}`} ${wrong ? 'wrong' : ''}`}
      style={{ '--x': x, '--y': y }}
      data-image={n}
      aria-label={name}
      aria-pressed={chosen.value === n}
      tabIndex={isStop ? 0 : -1}
      onPointerEnter={point}
      onFocus={point}
      onClick={() => setFields({ image: n })}
    />
  );
}

/** To the nearest dot in the direction of the arrow: what lies off the direction counts twice. */
function move(event: KeyboardEvent, at: readonly (readonly [number, number])[]): void {
  const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  const from = Number((event.target as HTMLElement).dataset.image ?? Number.NaN);
  if (!by || Number.isNaN(from)) return;
  event.preventDefault();
  let best = { cost: Number.POSITIVE_INFINITY, n: from };
  for (const [n, [x, y]] of at.entries()) {
    const [dx, dy] = [x - at[from][0], (y - at[from][1]) * aspect];
    const ahead = dx * by[0] + dy * by[1];
    const aside = Math.abs(dx * by[1]) + Math.abs(dy * by[0]);
    if (n === from || ahead <= 0) continue;
    if (ahead + 2 * aside < best.cost) best = { cost: ahead + 2 * aside, n };
  }
  (event.currentTarget as Element).querySelector<HTMLElement>(`[data-image="${best.n}"]`)!.focus();
}
