/** Just enough HTML building to be safe: every interpolated string is escaped unless it is already {@link Html}. */

/** Finished markup. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** What a template may hold; `undefined` and `false` leave nothing. */
export type Part = string | number | Html | undefined | false | readonly Part[];

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeHtml(part);
  return part.map(render).join('');
}

/** Tagged template: html`<p>${text}</p>`. A line break with an indent is one space. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.reduce((all, piece, i) => all + piece.replace(/\n +/g, ' ') + render(parts[i]), ''),
  );
}

/** Text as HTML. */
function escapeHtml(value: string): string {
  return value.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

/** Paragraphs from sentences; empty ones are left out. */
export function paragraph(...sentences: Part[]): Html | undefined {
  const kept = sentences.filter(
    (sentence) => sentence !== undefined && sentence !== false && sentence !== '',
  );
  if (kept.length === 0) return undefined;
  return html`<p>${kept.flatMap((sentence, i) => (i === 0 ? [sentence] : [' ', sentence]))}</p>`;
}

/**
 * A table; columns from the second on are numbers, right-aligned, unless it is one of text. It scrolls where the page
 * is narrow; its caption does not.
 */
export function table(
  head: readonly Part[],
  rows: readonly (readonly Part[])[],
  caption?: Part,
  columns: 'numbers' | 'text' = 'numbers',
): Html {
  return html`<figure class="table"><div class="scroll" role="group" tabindex="0"
  aria-label="Table: ${plain(head[0])}"><table${columns === 'text' ? new Html(' class="text"') : undefined}>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
  )}</tbody></table></div>${caption ? html`<figcaption>${caption}</figcaption>` : undefined}</figure>`;
}

/** Text without its tags. */
function plain(part: Part): Html {
  return new Html(
    render(part)
      .replace(/<[^>]*>/g, ' ')
      .trim(),
  );
}

/** A question of the sheet and its answer. */
export function answered(question: string, ...answer: Part[]): Html {
  return html`<div class="qa"><h3 class="q">${question}</h3>${answer}</div>`;
}
