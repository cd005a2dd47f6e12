import { chromium as playwright } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { demoFiles } from '../../../../examples/browser/files.ts';
import { serveSources } from '../../../../scripts/serve-sources.ts';
import { chromium, chromiumFlags } from './chromium.ts';

describe.runIf(chromium)('npm run demo (needs Chromium; set CHROMIUM to its path)', () => {
  it('trains and shows losses, answers and accuracy without an error', async () => {
    const files = demoFiles({ train: 256, val: 64, test: 64 });
    const server = await serveSources({ isolated: true, files });
    const browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(`${server.url}?epochs=2`);
      await page.waitForSelector('body[data-done]', { timeout: 100_000 });
      const status = (await page.textContent('#status')) ?? '';
      expect(status).toMatch(/Epoch [12] was best on validation; [\d.]+ % of the test images right/);
      const answers = await page.locator('figcaption').allTextContents();
      expect(answers).toHaveLength(32);
      for (const answer of answers) expect(answer).toMatch(/^[✓✗] \d+ %$/);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
