import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as playwright } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { cutElements, scrollers, smallText, violations } from '../../../experiments/test/browser/checks.ts';
import { chromium, chromiumFlags } from '../../../tensor-core/test/browser/chromium.ts';
import { mergeSweep } from '../../src/merge/index.ts';
import { someCells, writeSweep } from './support.ts';

describe.runIf(chromium)('the report in a browser (needs Chromium; set CHROMIUM to its path)', () => {
  it('fits a phone and a desk, light and dark', async () => {
    const dir = writeSweep(someCells(2, 4));
    await mergeSweep(dir);
    const browser = await playwright.launch({
      executablePath: chromium,
      args: chromiumFlags,
      ignoreDefaultArgs: ['--hide-scrollbars'],
    });
    try {
      for (const [width, colorScheme] of [
        [360, 'dark'],
        [1280, 'light'],
      ] as const) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        await page.goto(pathToFileURL(join(dir, 'merged', 'report.html')).href);
        expect(await cutElements(page), `${width} px`).toEqual([]);
        expect(await smallText(page, 11), `${width} px`).toEqual([]);
        expect((await scrollers(page)).filter(({ focusable }) => !focusable)).toEqual([]);
        expect(await violations(page), `${width} px, ${colorScheme}`).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
