/** A chart of one or two nets. Observable Plot comes when there is something to draw: so the page opens sooner. */

import type { Markish, PlotOptions } from '@observablehq/plot';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { dark, language } from '../../store.ts';

type Plot = typeof import('@observablehq/plot');
const plot = signal<Plot | undefined>(undefined);

/** How lines of A and B look: also without colours one can tell them apart. */
export const looks = {
  a: { stroke: 'var(--accent)', strokeWidth: 2, strokeDasharray: 'none' },
  b: { stroke: 'var(--warm)', strokeWidth: 2.5, strokeDasharray: '5 3' },
} as const;

/** A dot of A, a rhombus of B. */
export const dots = {
  a: { fill: 'var(--accent)', symbol: 'circle', r: 3.5 },
  b: { fill: 'var(--warm)', symbol: 'diamond', r: 4.5 },
} as const;

export interface ChartProps {
  readonly name: string;
  /** What is said of each line beside the name: of one alone, or of A and of B. */
  readonly says: readonly { readonly side?: 'a' | 'b'; readonly label?: string; readonly value: string }[];
  /** What is below the chart. */
  readonly axis: string;
  readonly x: PlotOptions['x'];
  readonly y: PlotOptions['y'];
  readonly marks: (plot: Plot) => readonly Markish[];
  /** Height as a share of the width. */
  readonly aspect?: number;
}

export function Chart({ name, says, axis, x, y, marks, aspect = 0.46 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  if (!plot.value) void import('@observablehq/plot').then((loaded) => (plot.value = loaded));
  const Plot = plot.value;
  const draw = () => {
    const element = place.current;
    if (!Plot || !element) return;
    // Drawn for letters of this size, and scaled to those of the page: lines and dots grow with them.
    const letters = 14;
    const width = Math.max(
      160,
      (element.clientWidth * letters) / parseFloat(getComputedStyle(element).fontSize),
    );
    const chart = Plot.plot({
      width,
      height: Math.round(width * aspect),
      marginTop: 8,
      marginRight: letters,
      marginBottom: 2.1 * letters,
      marginLeft: 3.4 * letters,
      style: {
        fontSize: `${0.85 * letters}px`,
        width: '100%',
        height: 'auto',
        background: 'transparent',
        overflow: 'visible',
      },
      x: { label: null, ticks: 4, ...x },
      y: { label: null, ticks: 4, grid: true, ...y },
      marks: [...marks(Plot)],
    });
    chart.setAttribute('aria-hidden', 'true');
    element.replaceChildren(chart);
  };
  const text = says.map(({ label = '', value }) => `${label} ${value}`.trim()).join(', ');
  useEffect(() => whenIdle(draw), [Plot, marks, dark.value, language.value]);
  return (
    <figure class="chart">
      <figcaption>
        <span>{name}</span>
        <span class="says">
          {says.map(({ side, label, value }) => (
            <span key={label} class={side && `side side-${side}`}>
              {label} <b>{value}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${name}: ${text}`} />
      <p class="axis">{axis}</p>
    </figure>
  );
}

/** Does something between two frames, so that none is late for it. @returns how to call it off. */
function whenIdle(work: () => void): () => void {
  // Safari has none.
  if (!globalThis.requestIdleCallback) {
    const timer = setTimeout(work);
    return () => clearTimeout(timer);
  }
  const request = requestIdleCallback(work, { timeout: 400 });
  return () => cancelIdleCallback(request);
}
