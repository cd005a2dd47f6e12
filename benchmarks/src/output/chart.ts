/** Charts of results: Observable Plot drawn without a browser, as SVG and as PNG. */
import { createRequire } from 'node:module';
import * as Plot from '@observablehq/plot';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';

export { Plot };

/** A plot with a title, and a legend for its colours. */
export interface Chart {
  /** File name without ending. */
  readonly id: string;
  readonly title: string;
  /** Machine, date, and how to read it. */
  readonly subtitle: string;
  /** What whoever sees the chart must know first, in red: that the machine was busy. */
  readonly warning?: string;
  readonly legend?: readonly { readonly label: string; readonly colour: string }[];
  readonly plot: Plot.PlotOptions;
}

/** Okabe and Ito's colours, which colour-blind readers can tell apart too. */
export const colours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#6b7280',
  '#8a6fc9',
] as const;

const font = 'DejaVu Sans';
const margin = 16;
const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** A standalone SVG file: white ground, title, legend, plot. */
export function renderSvg({ title, subtitle, warning, legend = [], plot }: Chart): string {
  const width = plot.width ?? 760;
  const drawn = Plot.plot({
    document: document as unknown as Document,
    style: { fontSize: '12px', background: 'transparent' },
    marginBottom: 44,
    ...plot,
    width,
  });
  for (const style of Array.from(drawn.querySelectorAll('style'))) style.remove();
  for (const attribute of ['class', 'style', 'font-family']) drawn.removeAttribute(attribute);
  const height = Number(drawn.getAttribute('height'));
  const warned = warning ? 18 : 0;
  const head = margin + 46 + warned + (legend.length > 0 ? 24 : 0);
  drawn.setAttribute('x', String(margin));
  drawn.setAttribute('y', String(head));
  drawn.setAttribute('font-size', '12');
  drawn.setAttribute('overflow', 'visible');
  let x = margin;
  const entries = legend.map(({ label, colour }) => {
    const entry =
      `<rect x="${x}" y="${head - 20}" width="11" height="11" rx="2" fill="${colour}"/>` +
      line(x + 17, head - 10, 12, '#1f2328', label);
    x += 17 + 7.4 * label.length + 18;
    return entry;
  });
  const total = { width: width + 2 * margin, height: height + head + margin };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" ` +
    `height="${total.height}" role="img" aria-label="${escapeXml(title)}" font-family="${font}, sans-serif" ` +
    `color="#1f2328" fill="currentColor"><rect width="${total.width}" height="${total.height}" fill="#ffffff"/>` +
    `${line(margin, margin + 16, 17, '#1f2328', title)}${line(margin, margin + 36, 11, '#57606a', subtitle)}` +
    `${warning ? line(margin, margin + 54, 12, '#b91c1c', warning) : ''}${entries.join('')}${drawn.outerHTML}</svg>\n`
  );
}

/** The SVG as pixels, twice its size. */
export function renderPng(svg: string): Buffer {
  const fontFile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  const options = { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: font };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: options, logLevel: 'error' })
    .render()
    .asPng();
}

function line(x: number, y: number, size: number, colour: string, content: string): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}">${escapeXml(content)}</text>`;
}

function escapeXml(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!,
  );
}
