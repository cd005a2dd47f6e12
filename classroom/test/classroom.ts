/** Opens the built page in Chromium, for the tests of the page and its rooms. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { chromium, chromiumFlags } from '../../packages/tensor-core/test/browser/chromium.ts';
import { serveSite } from '../site.ts';
import type { Snapshot } from '../src/worker/messages.ts';
import { builtSite } from './site-folder.ts';

if (!chromium)
  console.warn('Tests of the classroom need Chromium: install it, or set CHROMIUM to its program file.');

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

/** What a test of the page has. */
export interface Classroom {
  /** The folder with the built page: other test files read it, too. */
  readonly out: string;
  readonly url: string;
  /** Errors of all pages that were opened: a test at the end expects none. */
  readonly problems: string[];
  /**
   * A page in a context of its own, in English unless `locale` says otherwise. Without a service worker unless
   * `serviceWorkers` allows one: each page's would fetch every file of the site beside what is tested. `script` runs
   * in the page before its own.
   */
  open(
    options?: ContextOptions & { readonly hash?: string; readonly url?: string; readonly script?: string },
  ): Promise<Page>;
}

/** Milliseconds that a page has for what a test waits for. */
const patience = 60_000;

export const small = { width: 360, height: 780 };

/** Tests that open the built page; skipped where there is no Chromium. */
export function describeClassroom(name: string, tests: (classroom: Classroom) => void): void {
  describe.runIf(chromium)(`${name} (needs Chromium; set CHROMIUM to its path)`, () => {
    let out: string;
    let browser: Browser;
    let site: Awaited<ReturnType<typeof serveSite>>;
    const problems: string[] = [];

    beforeAll(async () => {
      out = await builtSite(inject('classroomFolder'));
      site = await serveSite(out, { port: 0 });
      browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
    });

    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    tests({
      problems,
      get out() {
        return out;
      },
      get url() {
        return site.url;
      },
      async open({ hash = '', url = site.url, script, ...options } = {}) {
        const context = await browser.newContext({ locale: 'en', serviceWorkers: 'block', ...options });
        context.setDefaultTimeout(patience);
        if (script) await context.addInitScript(script);
        const page = await context.newPage();
        page.on('pageerror', (error) => problems.push(error.message));
        page.on('console', (message) => {
          if (message.type() === 'error') problems.push(message.text());
        });
        await page.goto(hash ? `${url}#${hash}` : url);
        return page;
      },
    });
  });
}

/** The net as the page shows it. */
export const snapshot = (page: Page) => page.evaluate('globalThis.classroom.snapshot()') as Promise<Snapshot>;

/**
 * Waits for an expression to be true, in the page itself. Playwright's own way to wait needs `eval`, which the page
 * forbids. A page that is left or loaded anew meanwhile is asked again.
 */
export async function until(page: Page, expression: string, milliseconds = patience): Promise<void> {
  const end = Date.now() + milliseconds;
  let problem: unknown;
  while (Date.now() < end) {
    const found = page.evaluate(`(async () => {
      let problem;
      while (Date.now() < ${end}) {
        try {
          if (${expression}) return { problem: undefined };
          problem = 'it is false';
        } catch (error) {
          problem = String(error);
        }
        await new Promise((done) => setTimeout(done, 30));
      }
      return { problem };
    })()`) as Promise<{ readonly problem: string | undefined }>;
    try {
      problem = (await found).problem;
      if (!problem) return;
    } catch (error) {
      problem = error;
      await sleep(30);
    }
  }
  throw new Error(`After ${milliseconds / 1000} s ${expression} is not true: ${problem}`);
}

/** Waits until the training rests after so many steps. */
export const atStep = (page: Page, steps: number) =>
  until(page, `(({ playing, steps }) => !playing && steps === ${steps})(classroom.snapshot())`);

/** Sets the address of an open page, and waits until the page has been told. */
export const goTo = (page: Page, hash: string) =>
  page.evaluate(`new Promise((done) => {
    if (location.hash === '#${hash}') return done();
    addEventListener('hashchange', () => done(), { once: true });
    location.hash = '#${hash}';
  })`);

/** Shows an open page in another window, scheme or language: a new page would begin with its training. */
export async function showAs(
  page: Page,
  { viewport, colorScheme, locale }: Pick<ContextOptions, 'viewport' | 'colorScheme' | 'locale'>,
): Promise<void> {
  if (viewport) await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  if (locale) await page.getByRole('combobox', { name: /^(Language|Sprache)$/ }).selectOption(locale);
  // Two frames: what follows the size of the window is drawn anew.
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))',
  );
}

/**
 * Where two lists of values are not the same bit for bit; undefined if they are. `toEqual` takes seconds for lists as
 * long as those of a net.
 */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  if (found.length !== expected.length) return `${found.length} values, not ${expected.length}`;
  for (let i = 0; i < found.length; i++) {
    if (!Object.is(found[i], expected[i])) return `value ${i} is ${found[i]}, not ${expected[i]}`;
  }
  return undefined;
}

/** What axe finds wrong with the page (open it with `bypassCSP`), and how many pixels of it are cut off sideways. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe);
  const found = (await page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes: [{ html, failureSummary }] }) =>
      id + ' ' + html.slice(0, 200) + failureSummary))`)) as string[];
  const beyond = (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
  return beyond > 0 ? [...found, `${beyond} pixels wider than the window`] : found;
}
