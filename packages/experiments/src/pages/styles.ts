/** The report's looks: one column to read, a table of contents beside it where there is room, light, dark and paper. */
import { fontFaceCss } from '../figures/fonts.ts';
import { viewerCss } from './viewer.ts';

/** Colours of the pages, light and dark. */
export const colourCss = `
:root {
  color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d8dee4; --page: #ffffff;
  --panel: #f6f8fa; --accent: #1f6cab; --edge: #00000026; --warn: #8a4b00; --warn-bg: #fff4e0;
  --warn-line: #e0a040;
}
@media (prefers-color-scheme:dark) {
  :root {
    --ink: #e4e8ec; --soft: #9aa4af; --line: #343b44; --page: #15181c; --panel: #1d2126;
    --accent: #5aa6df; --edge: #ffffff2e; --warn: #ffcf8a; --warn-bg: #33260f; --warn-line: #8a6420;
  }
}`;

/** What is wider than the page scrolls, with a bar that is always seen and shadows where more is. */
export const scrollCss = `
.scroll {
  overflow-x: auto; overflow-y: hidden; padding-bottom: 2px;
  background:
    linear-gradient(to right, var(--page) 40%, transparent) 0 0/3rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 40%, transparent) 100% 0/3rem 100% no-repeat local,
    linear-gradient(to right, var(--edge), transparent) 0 0/1rem 100% no-repeat scroll,
    linear-gradient(to left, var(--edge), transparent) 100% 0/1rem 100% no-repeat scroll;
}
.scroll::-webkit-scrollbar { height: 11px; }
.scroll::-webkit-scrollbar-track { background: var(--panel); border-radius: 6px; }
.scroll::-webkit-scrollbar-thumb {
  background: var(--soft); border-radius: 6px; border: 2px solid var(--panel);
}
@supports not selector(::-webkit-scrollbar) {
  .scroll { scrollbar-color: var(--soft) var(--panel); }
}
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }`;

/** All CSS of the page, typeface included. */
export function reportCss(): string {
  return `${fontFaceCss()}
${colourCss}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
@media (prefers-reduced-motion:no-preference) {
  html { scroll-behavior: smooth; }
}
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 400 1.05rem/1.55 'Source Sans 3', 'Helvetica Neue', Arial, sans-serif;
  font-variant-numeric: lining-nums;
}
.layout {
  display: grid; grid-template-columns: 14rem minmax(0, 66rem); gap: 2.5rem; max-width: 86rem;
  margin: 0 auto; padding: 2.5rem 2rem 5rem;
}
nav {
  position: sticky; top: 2rem; align-self: start; font-size: .95rem; line-height: 1.35;
  max-height: calc(100vh - 4rem); overflow: auto;
}
nav b { display: block; margin-bottom: .5rem; }
nav ol { list-style: none; margin: 0; padding: 0; border-left: 2px solid var(--line); }
nav a { display: block; padding: .22rem 0 .22rem .9rem; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--accent); }
header h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .4rem; }
header .lead { font-size: 1.15rem; color: var(--soft); margin: 0 0 1.2rem; }
h2 {
  font-size: 1.5rem; line-height: 1.2; margin: 3.2rem 0 .8rem; padding-top: 1.1rem;
  border-top: 1px solid var(--line);
}
#in-short { margin-top: 1.4rem; padding-top: 0; border-top: 0; }
h3 { font-size: 1.12rem; margin: 1.8rem 0 .5rem; }
.qa h3 { font-size: 1.05rem; }
h1, h2, h3, b, th, .q { font-weight: 600; }
p, ul { margin: .7rem 0; max-width: 46rem; }
li { margin: .25rem 0; }
a { color: var(--accent); }
.asks { color: var(--soft); border-left: 3px solid var(--line); padding-left: .9rem; }
.qa {
  background: var(--panel); border-left: 4px solid var(--accent); border-radius: 0 6px 6px 0;
  padding: .7rem 1.2rem .6rem; margin: 1.2rem 0;
}
.qa .q { margin: .2rem 0 .5rem; }
.qa p, .qa ul { max-width: none; }
.banner {
  background: var(--warn-bg); color: var(--warn); border: 1px solid var(--warn-line);
  border-radius: 6px; padding: .7rem 1.1rem; margin: 1rem 0;
}
.banner p { margin: .2rem 0; max-width: none; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem;
  margin: 1.4rem 0;
}
.facts div { background: var(--panel); border-radius: 6px; padding: .7rem .9rem; }
.facts dt { color: var(--soft); font-size: .88rem; }
.facts dd { margin: 0; font-size: 1.25rem; font-weight: 600; line-height: 1.25; }
.facts dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--soft); }
dl.facts { margin-left: 0; }
${scrollCss}
figure.table { margin: 1rem 0; }
table {
  border-collapse: collapse; font-size: .88rem; line-height: 1.3;
  font-variant-numeric: lining-nums tabular-nums;
}
th, td {
  padding: .36rem .5rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line);
  white-space: nowrap;
}
thead th {
  border-bottom: 2px solid var(--line); vertical-align: bottom; white-space: normal; min-width: 4.5rem;
  color: var(--soft);
}
tbody th { text-align: left; white-space: normal; min-width: 8.5rem; max-width: 15rem; }
th:first-child { text-align: left; padding-left: 0; }
td small { display: block; color: var(--soft); font-size: .88em; }
table.text :is(td, th) { text-align: left; white-space: normal; }
figure { margin: 1.6rem 0; }
.plot svg { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .93rem; margin-top: .5rem; max-width: 52rem; }
figcaption b { color: var(--ink); }
details { margin: .6rem 0 1.2rem; }
summary { cursor: pointer; color: var(--accent); }
code { font: .88em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
${viewerCss}
footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; }
@media (max-width:66rem) {
  .layout { grid-template-columns: minmax(0, 1fr); gap: 1.5rem; padding: 1.5rem 1.1rem 4rem; }
  nav { position: static; max-height: none; }
}
@media print {
  :root {
    --ink: #000; --soft: #444; --line: #bbb; --page: #fff; --panel: #f4f4f4; color-scheme: light;
  }
  body { font-size: 9.5pt; }
  .layout { display: block; padding: 0; max-width: none; }
  nav { display: none; }
  h2 { break-after: avoid; }
  h3 { break-after: avoid; }
  figure, .qa, tr, .facts { break-inside: avoid; }
  .plot svg { max-height: 112mm; width: auto; min-width: 0 !important; }
  table { font-size: 7.2pt; }
  th, td { padding: .25rem .35rem; }
  .scroll { overflow: visible; background: none; }
  a { color: inherit; text-decoration: none; }
}
@page { size: A4; margin: 16mm 14mm; }`;
}
