/** What a report is built of: markup, a page, numbers as words, and figures. For packages that write their own. */
export { dotRowsFigure } from './figures/compact.ts';
export { type Figure, inlineSvg, legend, standaloneSvg, text, textWidth } from './figures/figure.ts';
export { Plot, panel } from './figures/panel.ts';
export { COLOURS, NEUTRAL, PALETTE, SIZE } from './figures/style.ts';
export { banner, contentsPage } from './pages/contents-page.ts';
export type { Section } from './report/context.ts';
export { figurePart } from './report/figure-part.ts';
export { Html, html, type Part, table } from './report/html.ts';
export { decimal, list, signed, whole } from './report/phrases.ts';
