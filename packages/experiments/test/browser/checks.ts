/** What a page must hold to, looked at in Chromium. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Violations that axe finds, each with the first element concerned. */
export async function violations(page: Page): Promise<string[]> {
  // Axe cannot tell the background under a scroller's shadows. On the page's own colour it judges the text's contrast.
  await page.addStyleTag({ content: '.scroll{background:none!important}' });
  await page.evaluate(axe);
  return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes: [first, ...others] }) => id + ' (' + (1 + others.length) + '): ' +
      first.html.slice(0, 200) + ' ' + first.failureSummary.slice(0, 300)))`);
}

/** Pieces of visible text that are drawn smaller than `least` px, those in figures included. */
export function smallText(page: Page, least: number): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      if (!text || /STYLE|SCRIPT/.test(element.tagName) || !element.checkVisibility()) continue;
      let size = parseFloat(getComputedStyle(element).fontSize);
      if (element.ownerSVGElement) {
        const { a, b } = element.getScreenCTM();
        size *= Math.hypot(a, b);
      }
      if (size < ${least} - 0.01) found.push(size.toFixed(2) + ' px: ' + text.slice(0, 60));
    }
    return found;
  })()`);
}

/** Elements that reach beyond the page's right edge and are in nothing that scrolls. */
export function cutElements(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('body *')].filter((element) => {
    if (element.ownerSVGElement || element.closest('.scroll > *')) return false;
    const { width, right } = element.getBoundingClientRect();
    return width > 0 && right > document.documentElement.clientWidth + 1;
  }).map((element) => element.outerHTML.slice(0, 120))`);
}

/** Scrollers with more than they show: how high their bar is, and whether the keyboard reaches them. */
export function scrollers(page: Page): Promise<{ name: string; bar: number; focusable: boolean }[]> {
  return page.evaluate(`[...document.querySelectorAll('.scroll')]
    .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth)
    .map((one) => ({
      name: one.getAttribute('aria-label'),
      bar: one.offsetHeight - one.clientHeight,
      focusable: one.tabIndex === 0,
    }))`);
}
