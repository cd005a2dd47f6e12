import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { documents, publishedEntries } from '../src/project.ts';
import { writeSite } from '../src/site.ts';

/** Two small packages and all documents: npm run docs describes every package. */
const folder = mkdtempSync(join(tmpdir(), 'glassbox-site-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const problems = await writeSite(
  folder,
  publishedEntries().filter(({ specifier }) => ['@glassbox/random', '@glassbox/options'].includes(specifier)),
);
const pages = globSync('**/*.html', { cwd: folder });
const read = (page: string) => readFileSync(join(folder, page), 'utf8');

describe('the site', () => {
  it('is written without a warning', () => {
    expect(problems).toEqual([]);
  });

  it('has the reference, with what the comments say', () => {
    expect(read('functions/_glassbox_options.checkOptions.html')).toContain(
      'RangeError for numbers out of range',
    );
    expect(read('modules/_glassbox_random.html')).toContain('the same numbers on every');
  });

  it('has every document of README under its title, in the group of its list', () => {
    expect(documents().length).toBeGreaterThan(20);
    expect(new Set(documents().map(({ group }) => group))).toEqual(
      new Set(['Learn', 'How it works', 'Take part']),
    );
    const written = pages.filter((page) => page.startsWith('documents')).map(read);
    for (const { title } of documents())
      expect(
        written.some((text) => text.includes(`<title>${title} | glassbox`)),
        title,
      ).toBe(true);
  });

  it('has a search', () => {
    expect(existsSync(join(folder, 'assets', 'search.js'))).toBe(true);
  });

  it('has no link that leads nowhere, to files and to lines of sources', () => {
    let toLines = 0;
    for (const page of pages) {
      for (const [link, path, line] of read(page).matchAll(/<a [^>]*href="([^":#]+)(?:#(L\d+)|#[^"]*)?"/g)) {
        const target = join(folder, dirname(page), decodeURIComponent(path));
        expect(existsSync(target), `${page}: ${link}`).toBe(true);
        if (line === undefined) continue;
        expect(readFileSync(target, 'utf8'), `${page}: ${link}`).toContain(`id="${line}"`);
        toLines++;
      }
    }
    expect(toLines).toBeGreaterThan(20);
  });
});
