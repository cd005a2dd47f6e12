import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { type Browser, chromium as playwright } from 'playwright-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import * as nn from '../packages/nn/src/index.ts';
import * as core from '../packages/tensor-core/src/index.ts';
import { chromium, chromiumFlags } from '../packages/tensor-core/test/browser/chromium.ts';
import { isolation, serveSources } from './serve-sources.ts';

/**
 * The pages that teach: each program on them is a file that runs and prints what the page says, and each piece of code
 * that goes wrong does so with the words that the page shows.
 */
const root = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

// A program opens the best device of the machine; what the pages print comes from this one.
vi.mock('glassbox', async (original) => {
  const real = await original<typeof import('glassbox')>();
  return { ...real, openRuntime: () => real.openRuntime({ device: 'wasm' }) };
});

interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  /** What the page shows right after it as what it prints or says. */
  readonly output: string | undefined;
}

const pages = ['in-your-project', 'writing-a-module', 'training-loop', 'in-a-page'];
const blocks = pages.flatMap((page): Block[] =>
  [...read(`docs/${page}.md`).matchAll(/```(\w+)\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
    ([, language, code, output]) => ({ page, language, code, output }),
  ),
);
const programs = blocks.filter(({ language }) => language === 'ts' || language === 'html');
const mistakes = blocks.filter(({ language, output }) => language === 'js' && output !== undefined);
const fileOf = (code: string) => code.match(/^(?:\/\/|<!--) (examples\/[\w/.-]+)/)?.[1] ?? '';

describe('pages that teach', () => {
  it('have programs, and code that goes wrong', () => {
    for (const page of pages) expect(programs.map((block) => block.page)).toContain(page);
    expect(mistakes.length).toBeGreaterThan(5);
    expect(blocks.filter(({ language }) => language === 'js')).toHaveLength(mistakes.length + 1);
  });

  it.each(programs.map(({ page, code }) => ({ page, file: fileOf(code), code })))(
    '$page shows $file as it is',
    ({ file, code }) => {
      const shown = code.slice(code.indexOf('\n') + 1);
      if (/^.*, in part\n/.test(code)) expect(read(file)).toContain(shown);
      else expect(shown).toBe(read(file));
    },
  );

  it.each(
    programs.filter(({ output }) => output).map(({ code, output }) => ({ file: fileOf(code), output })),
  )('$file prints what the page says', async ({ file, output }) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import(join(root, file));
    const printed = log.mock.calls.map(([said]) => (typeof said === 'string' ? said : inspect(said)));
    log.mockRestore();
    expect(`${printed.join('\n')}\n`).toBe(output);
  });
});

describe('what goes wrong', async () => {
  const runtime = await core.openRuntime({ device: 'wasm' });
  afterAll(() => runtime.destroy());

  it.each(mistakes)('$page: $output', async ({ code, output }) => {
    const init = new nn.Init(runtime, 0);
    const net = new nn.Linear(init, 2, 2);
    const names = { ...core, nn, runtime, init, net };
    const body = new Function(...Object.keys(names), `return (async () => {${code}})()`);
    const said = await body(...Object.values(names)).then(
      () => 'nothing went wrong',
      (error: Error) => error.message,
    );
    expect(said).toBe(output!.trim().replaceAll('\n', ' '));
  });
});

describe('in a page', () => {
  it("gives Vite's server the headers that isolate a page", async () => {
    const settings = blocks.find(({ page, language }) => page === 'in-a-page' && language === 'js')!;
    const { default: config } = await import(`data:text/javascript,${encodeURIComponent(settings.code)}`);
    expect(isolation).toMatchObject(config.server.headers);
  });

  it.runIf(chromium)('trains in Chromium, isolated and not (needs Chromium)', async () => {
    let browser: Browser | undefined;
    const losses: (string | undefined)[] = [];
    try {
      browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
      for (const isolated of [true, false]) {
        const html = read('examples/learn/page/index.html').replace(
          './page.ts',
          '/examples/learn/page/page.ts',
        );
        const server = await serveSources({ isolated, files: { '/': { type: 'text/html', body: html } } });
        const page = await browser.newPage();
        await page.goto(server.url);
        await page.waitForFunction(() => document.querySelector('p')!.textContent!.startsWith('epoch 20: '));
        const said = await page.textContent('p');
        losses.push(said?.match(/loss (0\.\d{3}) \(wasm, (?:1|\d+) threads\)/)?.[1]);
        await page.close();
        await server.close();
      }
    } finally {
      await browser?.close();
    }
    expect(losses[0]).toBeDefined();
    expect(losses[1]).toBe(losses[0]);
    expect(read('docs/in-a-page.md').match(/epoch 20: loss (0\.\d+) /)?.[1]).toBe(losses[0]);
  });
});
