import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { documents } from '../src/project.ts';
import { writeSite } from '../src/site.ts';

/** The whole site, as npm run docs writes it. */
const folder = mkdtempSync(join(tmpdir(), 'glassbox-site-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const problems = await writeSite(folder);
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

  it('shows ops as methods of tensors, with their own parameters', () => {
    const text = read('classes/glassbox.Tensor.html').replace(/<[^>]*>/g, '');
    expect(text).toContain('matmul(b: Tensor, options?: MatmulOptions): Tensor');
    expect(text).toContain('slice(dimension: number, start?: number, end?: number): Tensor');
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
    const texts = new Map(pages.map((page) => [page, read(page)]));
    const lost: string[] = [];
    let toLines = 0;
    for (const page of pages) {
      for (const [link, path, line] of texts
        .get(page)!
        .matchAll(/<a [^>]*href="([^":#]+)(?:#(L\d+)|#[^"]*)?"/g)) {
        const target = join(dirname(page), decodeURIComponent(path));
        const found = line ? texts.get(target)?.includes(`id="${line}"`) : existsSync(join(folder, target));
        if (!found) lost.push(`${page}: ${link}`);
        if (line) toLines++;
      }
    }
    expect(lost).toEqual([]);
    expect(toLines).toBeGreaterThan(1000);
  });
});
