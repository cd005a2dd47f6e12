/** Looks of the answers: cards on a screen, two columns on paper that fill two A4 pages. */
import { fontFaceCss } from '../figures/fonts.ts';
import { colourCss, scrollCss } from './styles.ts';

/** All CSS of the page, typeface included. */
export function answerCss(): string {
  return `${fontFaceCss()}
${colourCss}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 400 1rem/1.5 'Source Sans 3', 'Helvetica Neue', Arial, sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 1.6rem 1rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
h1, h2, b { font-weight: 600; }
header p { max-width: 60rem; margin: .3rem 0; }
h2 { font-size: 1.08rem; line-height: 1.3; margin: 0 0 .5rem; }
a { color: var(--accent); }
p { margin: .5rem 0; }
.answers { columns: 2 24rem; column-gap: 1.6rem; margin-top: 1.2rem; }
article { break-inside: avoid; border-top: 2px solid var(--line); padding: .7rem 0 .9rem; }
figure { margin: .6rem 0; }
.plot svg { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .88rem; margin-top: .2rem; }
.code { font-size: .85rem; color: var(--soft); display: flex; flex-wrap: wrap; gap: .1rem .9rem; }
.folder { display: none; }
.banner {
  background: var(--warn-bg); color: var(--warn); border: 1px solid var(--warn-line);
  border-radius: 6px; padding: .4rem .8rem;
}
${scrollCss}
@media print {
  :root {
    --ink: #000; --soft: #444; --line: #bbb; --page: #fff; --panel: #f4f4f4; --accent: #000;
    color-scheme: light;
  }
  body { font-size: 8.8pt; line-height: 1.25; }
  main { padding: 0; max-width: none; }
  h1 { font-size: 13pt; }
  h2 { font-size: 9.6pt; margin: 0 0 1pt; }
  header p { max-width: none; margin: 1pt 0; }
  p { margin: 1.5pt 0; }
  .answers { columns: 2; column-gap: 6mm; margin-top: 2mm; }
  article { padding: 1.2mm 0 1.6mm; border-top-width: .6pt; }
  figure { margin: 1mm 0; }
  .plot svg { min-width: 0 !important; max-height: 42mm; width: auto; max-width: 100%; }
  .scroll { overflow: visible; background: none; }
  figcaption { font-size: 7pt; margin: 0; }
  .code { font-size: 7pt; display: block; margin-top: 1mm; }
  .code > span { display: block; }
  .folder { display: inline; }
  .banner { padding: 1pt 4pt; }
  a { text-decoration: none; }
}
@page { size: A4; margin: 10mm 11mm; }`;
}
