import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { dark } from '../../store.ts';
import type { Chart } from './charts.ts';

interface FigureProps {
  readonly title: string;
  readonly plot: Chart;
  /** What its lines mean. */
  readonly note?: string;
}

const loaded = signal<typeof import('@observablehq/plot') | undefined>(undefined);

/** A chart with its title; the table beside it says the same in numbers. */
export function Figure({ title, plot, note }: FigureProps) {
  const place = useRef<HTMLDivElement>(null);
  const Plot = loaded.value;
  const isDark = dark.value;
  if (!Plot) void import('@observablehq/plot').then((module) => (loaded.value = module));
  useLayoutEffect(() => {
    const element = place.current!;
    if (!Plot) return;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const colours = { accent: colour('--accent'), warm: colour('--warm'), soft: colour('--soft') };
    const drawn = Plot.plot({
      width: Math.max(200, element.clientWidth),
      style: { fontSize: `${Math.max(12, 0.8 * size)}px`, background: 'transparent', overflow: 'visible' },
      ...plot(Plot, colours, size),
    });
    drawn.setAttribute('aria-hidden', 'true');
    element.replaceChildren(drawn);
  }, [Plot, plot, isDark]);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={place} class="plot" role="img" aria-label={title} />
      {note && <p class="hint">{note}</p>}
    </figure>
  );
}
