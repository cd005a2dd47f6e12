/**
 * A figure is a title, a sentence for those who cannot see it, and SVG content; it becomes inline SVG for the report
 * (transparent, text in the page's colour), a standalone SVG file, or a PNG.
 */
import { pngOfSvg } from '../platform/node.ts';
import type { Target } from '../report/results.ts';
import { FONT, FONT_BOLD } from './font-names.ts';
import { SIZE } from './style.ts';

/** One drawing, in px. */
export interface Figure {
  /** File name without ending, and anchor in the report. */
  id: string;
  title: string;
  subtitle?: string;
  /** What it shows, for a screen reader. */
  alt: string;
  width: number;
  height: number;
  /** SVG elements, from 0,0 to width,height. */
  body: string;
  /** Its dots are the embedded points of this target: the report can show the images behind them. */
  points?: Target;
}

const MARGIN = 16;

/** Title, which names the data, and what is seen. */
const spoken = ({ title, alt }: Figure): string => (title ? `${title}. ${alt}` : alt);

/** No smaller than this share of its size, so that 12 px stay 11: a narrower page scrolls the figure. */
const SMALLEST = 0.92;

/** SVG without title and background: the page around it has both. */
export function inlineSvg(figure: Figure): string {
  const { width, height } = figure;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" style="min-width:${Math.ceil(SMALLEST * width)}px" role="img" ` +
    `aria-label="${escapeXml(spoken(figure))}" font-family="${FONT}" fill="currentColor">${figure.body}</svg>`
  );
}

/** SVG that stands alone: white ground, dark text, title on top. */
export function standaloneSvg(figure: Figure): string {
  const header = (figure.title ? 26 : 0) + (figure.subtitle ? 20 : 0) + 8;
  const width = figure.width + 2 * MARGIN;
  const height = figure.height + header + 2 * MARGIN;
  const title = text(MARGIN, MARGIN + 16, figure.title, { size: SIZE.title, bold: true });
  const subtitle = figure.subtitle
    ? text(MARGIN, MARGIN + 38, figure.subtitle, { size: SIZE.subtitle, colour: '#57606a' })
    : '';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escapeXml(spoken(figure))}" font-family="${FONT}" color="#1f2328" fill="currentColor">` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>${title}${subtitle}` +
    `<g transform="translate(${MARGIN},${MARGIN + header})">${figure.body}</g></svg>\n`
  );
}

/** PNG of the standalone form at twice its size (for print and dense screens). */
export function renderPng(figure: Figure, scale = 2): Uint8Array {
  return pngOfSvg(standaloneSvg(figure), scale);
}

/** XML text. */
export function escapeXml(value: string): string {
  return value.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!,
  );
}

/** Looks of a piece of text. */
export interface TextStyle {
  size?: number;
  bold?: boolean;
  colour?: string;
  opacity?: number;
  anchor?: 'start' | 'middle' | 'end';
  /** Degrees, about the text's own origin. */
  rotate?: number;
}

/** One line of text with its baseline at y. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = SIZE.label, bold, colour, opacity, anchor, rotate } = style;
  return (
    `<text x="${x}" y="${y}" font-size="${size}"` +
    (bold ? ` font-family="${FONT_BOLD}" font-weight="600"` : '') +
    (colour ? ` fill="${colour}"` : '') +
    (opacity ? ` opacity="${opacity}"` : '') +
    (anchor ? ` text-anchor="${anchor}"` : '') +
    (rotate ? ` transform="rotate(${rotate} ${x} ${y})"` : '') +
    `>${escapeXml(content)}</text>`
  );
}

/** Rough width of a line in Source Sans 3; wide enough to keep legend entries apart. */
export function textWidth(content: string, size: number = SIZE.label): number {
  return content.length * size * 0.5;
}

/** A name without the data set that the figure is about anyway: `Pneumonia, from scratch` is `From scratch`. */
export function shortName(name: string): string {
  const bare = name.replace(/^(chest|pneumonia), /i, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** A name broken at the space nearest to its middle where it is wider than `width`. */
export function twoLines(name: string, width: number, size: number = SIZE.label): string[] {
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  if (textWidth(name, size) <= width || spaces.length === 0) return [name];
  const middle = name.length / 2;
  const at = spaces.reduce((best, one) => (Math.abs(one - middle) < Math.abs(best - middle) ? one : best));
  return [name.slice(0, at), name.slice(at + 1)];
}

/** One or two lines of text whose middle is at y, for a label beside a row of a chart. */
export function rowLabel(x: number, y: number, name: string, width: number): string {
  const lines = twoLines(shortName(name), width);
  return lines
    .map((part, i) => text(x, y + 4 + (i - (lines.length - 1) / 2) * 14.5, part, { anchor: 'end' }))
    .join('');
}

/** How a legend entry looks. */
export interface LegendEntry {
  label: string;
  colour: string;
  kind?: 'dot' | 'line' | 'dashed' | 'square' | 'ring' | 'tick';
  /** Pattern of a dashed line. */
  dash?: string;
}

/** Entries from left to right, wrapped to `width`; returns the drawing and its height. */
export function legend(entries: readonly LegendEntry[], width: number): { body: string; height: number } {
  let x = 0;
  let y = 10;
  let body = '';
  for (const { label, colour, kind = 'dot', dash: pattern = '4 3' } of entries) {
    const mark = kind === 'line' || kind === 'dashed' ? 22 : 12;
    const advance = mark + 6 + textWidth(label, SIZE.label) + 18;
    if (x > 0 && x + advance > width) {
      x = 0;
      y += 20;
    }
    const middle = y - 4;
    if (kind === 'line' || kind === 'dashed') {
      const dash = kind === 'dashed' ? ` stroke-dasharray="${pattern}"` : '';
      body += `<path d="M${x},${middle}h22" stroke="${colour}" stroke-width="2" fill="none"${dash}/>`;
    } else if (kind === 'square') {
      body += `<rect x="${x}" y="${middle - 5.5}" width="11" height="11" rx="2" fill="${colour}"/>`;
    } else if (kind === 'tick') {
      body += `<path d="M${x + 6},${middle - 7}v14" stroke="${colour}" stroke-width="2"/>`;
    } else {
      const ring = kind === 'ring' ? `fill="none" stroke="${colour}" stroke-width="1.8"` : `fill="${colour}"`;
      body += `<circle cx="${x + 6}" cy="${middle}" r="4.5" ${ring}/>`;
    }
    body += text(x + mark + 6, y, label);
    x += advance;
  }
  return { body, height: y + 12 };
}
