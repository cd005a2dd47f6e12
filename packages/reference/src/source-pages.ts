/** Source files as pages with a name for each line, so that the reference can lead to where something is written. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './project.ts';

/** The address of a source file's page in the site; the file's name begins at the root of the project. */
export const sourcePage = (file: string) => `sources/${file}.html`;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const style = `
:root { color-scheme: light dark; }
body { font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; margin: 1rem; }
pre { counter-reset: line; overflow-x: auto; }
pre > span { counter-increment: line; }
pre > span::before { content: counter(line); display: inline-block; width: 3em; margin-right: 1em; opacity: .5;
  text-align: right; user-select: none; }
pre > span:target { background: light-dark(#fff3b0, #554a00); }
`.trim();

/** Writes a page for each file into the folder of the site. */
export function writeSourcePages(folder: string, files: Iterable<string>): void {
  for (const file of files) {
    const page = join(folder, sourcePage(file));
    const home = relative(dirname(page), join(folder, 'index.html')).replaceAll('\\', '/');
    const lines = readFileSync(join(root, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line, index) => `<span id="L${index + 1}">${escaped(line)}</span>`);
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(
      page,
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${file} | glassbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style>
<a href="${home}">glassbox</a> / ${file}
<pre tabindex="0">${lines.join('\n')}</pre></html>
`,
    );
  }
}

/** True for files that a browser shows badly or not at all: they get pages. */
const isText = (file: string) => /\.(ts|mjs|js|json|html|css|wgsl|md)$/.test(file);

/**
 * A page in which links to copied texts lead to pages of their sources instead.
 * @param copied names in the folder `media` with the files that they are copies of
 * @param sources gets the files that are linked to
 */
export function shownInstead(
  page: string,
  copied: ReadonlyMap<string, string>,
  sources: Set<string>,
): string {
  return page.replace(/href="((?:\.\.\/)*)media\/([^"#]+)/g, (link, up: string, name: string) => {
    const file = copied.get(name);
    if (file === undefined || !isText(file)) return link;
    const path = relative(root, file).replaceAll('\\', '/');
    sources.add(path);
    return `href="${up}${sourcePage(path)}`;
  });
}

/** Removes the copies that nothing leads to any more. */
export function removeCopies(folder: string, copied: ReadonlyMap<string, string>): void {
  for (const [name, file] of copied) if (isText(file)) rmSync(join(folder, 'media', name), { force: true });
}
