import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, chromiumFlags } from '../../../tensor-core/test/browser/chromium.ts';
import { buildAnswers, buildReport } from '../../src/pages/index.ts';
import { analyse, type RunResults } from '../../src/report/index.ts';
import { type FakeOptions, fakeRun } from '../report/fake-run.ts';
import { cutElements, scrollers, smallText, violations } from './checks.ts';

if (!chromium) {
  console.warn('Tests of report and answers need Chromium: install it, or set CHROMIUM to its program file.');
}

describe.runIf(chromium)('pages in a browser (needs Chromium; set CHROMIUM to its path)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-pages-'));
  let browser: Browser;
  const write = (name: string, run: RunResults): string => {
    const analysis = analyse(run, { resamples: 30 });
    const html = name.startsWith('answers') ? buildAnswers(run, analysis) : buildReport(run, analysis);
    writeFileSync(join(folder, name), html);
    return pathToFileURL(join(folder, name)).href;
  };
  const small: FakeOptions = { points: 20, iterations: 10, seeds: 1 };
  let report = '';
  let answers = '';

  beforeAll(async () => {
    const run = fakeRun({ ...small, tasks: ['1a', '1b', '1c', '2', '2a', '2b', '2c'] });
    report = write('report.html', run);
    answers = write('answers.html', run);
    // Playwright hides scroll bars unless told not to.
    browser = await playwright.launch({
      executablePath: chromium,
      args: chromiumFlags,
      ignoreDefaultArgs: ['--hide-scrollbars'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page at a width; whatever it throws fails the test. */
  async function open(url: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme,
      reducedMotion: 'reduce',
      // A phone hides scroll bars that the page does not style.
      ...(width < 600 ? { isMobile: true, hasTouch: true } : {}),
    });
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(url);
    await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
    return page;
  }

  it.each([
    ['report', 1280, 'light'],
    ['report', 1280, 'dark'],
    ['report', 360, 'light'],
    ['answers', 1280, 'light'],
    ['answers', 1280, 'dark'],
    ['answers', 360, 'light'],
  ] as const)(
    '%s at %d px, %s: no violation of accessibility, nothing too small, nothing cut',
    async (name, width, scheme) => {
      const page = await open(name === 'report' ? report : answers, width, scheme);
      expect(await smallText(page, 11)).toEqual([]);
      expect(await cutElements(page)).toEqual([]);
      const scrolling = await scrollers(page);
      if (name === 'report' && width === 360) expect(scrolling.length).toBeGreaterThan(20);
      for (const one of scrolling) {
        expect(one.bar, one.name).toBeGreaterThanOrEqual(8);
        expect(one.focusable, one.name).toBe(true);
      }
      expect(await violations(page)).toEqual([]);
      await page.close();
    },
  );

  it('shows the X-ray of a dot under the mouse, and of the one that the keyboard chooses', async () => {
    const page = await open(report, 1280);
    const figure = page.locator('#fig-chest-tsne');
    const place = () => figure.locator('.xray').evaluate((one) => getComputedStyle(one).backgroundPosition);
    expect(await figure.locator('.xray').evaluate((one) => getComputedStyle(one).backgroundImage)).toMatch(
      /^url\("data:image\/png/,
    );
    const order = JSON.parse((await page.locator('#points').textContent())!).chest.order as number[];
    const drawn = 5;
    // A page that still scrolls puts the image away: it has to come to rest first.
    await figure.locator('g.dots').nth(1).scrollIntoViewIfNeeded();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await figure.locator('g.dots').nth(1).locator('circle').nth(drawn).hover({ force: true });
    const point = order[drawn];
    expect(await place()).toBe(`${-112 * point}px 0px`);
    await expect(page.locator('.beside').isVisible()).resolves.toBe(true);
    expect(await figure.locator('output').textContent()).toContain(`row ${point} of the test split`);
    await page.keyboard.press('Escape');
    await expect(page.locator('.beside').isVisible()).resolves.toBe(false);

    await figure.locator('input').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await place()).toBe('-224px 0px');
    expect(await figure.locator('input').getAttribute('aria-valuetext')).toMatch(
      /^(healthy|diseased), row 2 of the test split$/,
    );
    // The same image is ringed in every panel, around its own dot.
    const rings = await figure
      .locator('circle[visibility="visible"]')
      .evaluateAll((all) => all.map((ring) => [ring.getAttribute('cx'), ring.getAttribute('cy')]));
    const dots = await figure
      .locator('g.dots')
      .evaluateAll(
        (groups, nth) =>
          groups.map(({ children }) => [children[nth].getAttribute('cx'), children[nth].getAttribute('cy')]),
        order.indexOf(2),
      );
    expect(rings).toEqual(dots);
    expect(rings.length).toBeGreaterThan(2);
    await page.close();
  });

  it.each([
    ['three seeds', { ...small, seeds: 3 }],
    ['phantoms', { ...small, synthetic: true }],
    [
      'nets that learnt nothing',
      { ...small, seeds: 3, skill: { '1a-scratch': 0, '1c-autoencoder': 0, '2-chest-all': 0 } },
    ],
  ] as const)('the answers fill two A4 pages: %s', async (name, options) => {
    const run = fakeRun(options);
    for (const row of run.rows) {
      if (row.target === 'pneumonia') row.training.trainImages = 2000;
      row.name = row.name.replace('all labels', '4,000 of 78,468 labels');
    }
    const page = await open(write(`answers-${name.replaceAll(' ', '-')}.html`, run), 1280);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(pages).toHaveLength(2);
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]/);
    await page.close();
  });
});
