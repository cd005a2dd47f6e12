/** The frame of a report: a head, sections, and the contents beside them. */
import type { Section } from '../report/context.ts';
import { Html, html, type Part } from '../report/html.ts';
import { reportCss } from './styles.ts';

/**
 * A complete HTML document without references to other files.
 * @param page.lead one sentence below the title
 * @param page.top what else the head of the page holds
 * @param page.summary comes before the sections; the contents then lead to it, too
 * @param page.end after all that is shown: scripts
 */
export function contentsPage(page: {
  readonly title: string;
  readonly lead: Part;
  readonly top: Part;
  readonly summary?: Part;
  readonly sections: readonly Section[];
  readonly foot: Part;
  readonly end?: Part;
}): string {
  const { title, lead, top, summary, sections, foot, end } = page;
  const named = [...(summary ? [['summary', 'Summary']] : []), ...sections.map((one) => [one.id, one.title])];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(reportCss())}</style>
</head>
<body>
<div class="layout">
<nav aria-label="Contents"><b>Contents</b><ol>${named.map(
    ([id, name]) => html`<li><a href="#${id}">${name}</a></li>`,
  )}</ol></nav>
<main>
<header id="summary">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${top}
</header>
${summary}
${sections.map(({ id, title: name, body }) => html`<section id="${id}"><h2>${name}</h2>${body}</section>`)}
<footer>${foot}</footer>
</main>
</div>
${end}
</body>
</html>
`.markup;
}

/** What a reader has to know first, if there is anything. */
export function banner(warnings: readonly string[]): Part {
  if (warnings.length === 0) return undefined;
  return html`<div class="banner" role="note">${warnings.map((warning) => html`<p>${warning}</p>`)}</div>`;
}
