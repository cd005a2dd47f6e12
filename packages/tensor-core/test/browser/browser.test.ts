import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSources } from '../../../../scripts/serve-sources.ts';
import { WasmDevice } from '../../src/device/devices.ts';
import { fitted, trainingLosses } from '../support/training.ts';
import { chromium, chromiumFlags } from './chromium.ts';
import type { Order, Outcome } from './train-on.ts';

if (!chromium) console.warn('Browser tests need Chromium: install it, or set CHROMIUM to its program file.');

const folder = '/packages/tensor-core/test/browser';

/** Trains in a Worker of the page, as an application would. */
function inWorker(page: Page, order: Order): Promise<Outcome> {
  return page.evaluate(
    ([url, data]) =>
      new Promise<Outcome>((resolve, reject) => {
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data: answer }) => {
          worker.terminate();
          if (answer.error) reject(new Error(answer.error));
          else resolve(answer);
        };
        worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be loaded'));
        worker.postMessage(data);
      }),
    [`${folder}/worker.ts`, order] as const,
  );
}

/** Trains in the page itself, which must not block. As text: a function would arrive as vitest compiled it. */
function inPage(page: Page, order: Order): Promise<Outcome> {
  return page.evaluate(`import('${folder}/train-on.ts').then((m) => m.trainOn(${JSON.stringify(order)}))`);
}

describe.runIf(chromium)('the project in a browser (needs Chromium; set CHROMIUM to its path)', () => {
  let browser: Browser;
  let expected: readonly number[];
  const closing: (() => Promise<void>)[] = [];

  async function open(isolated: boolean): Promise<Page> {
    const server = await serveSources({ isolated });
    closing.push(server.close);
    const page = await browser.newPage();
    await page.goto(server.url);
    return page;
  }

  beforeAll(async () => {
    const device = await WasmDevice.open({ threads: 2 });
    expected = await trainingLosses(device);
    await device.destroy();
    browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
  });

  afterAll(async () => {
    await browser?.close();
    for (const close of closing) await close();
  });

  it('trains on threads in an isolated page, to the same bits as in Node', async () => {
    const page = await open(true);
    const outcome = await inWorker(page, { device: 'wasm', threads: 2 });
    expect(outcome).toMatchObject({ kind: 'wasm', threads: 2, isolated: true });
    expect(outcome.losses).toEqual(expected);
  });

  it('fits a net with validation and predicts with it, to the same bits as in Node', async () => {
    const device = await WasmDevice.open({ threads: 2 });
    const inNode = await fitted(device);
    await device.destroy();
    const { losses } = await inWorker(await open(true), { device: 'wasm', threads: 2, fit: true });
    expect(losses).toEqual(inNode);
  });

  it('trains on one thread without isolation, to the same bits', async () => {
    const page = await open(false);
    const outcome = await inWorker(page, { device: 'wasm', threads: 2 });
    expect(outcome).toMatchObject({ kind: 'wasm', threads: 1, isolated: false });
    expect(outcome.losses).toEqual(expected);
  });

  it('trains in the page itself, with threads and without', async () => {
    for (const isolated of [true, false]) {
      const outcome = await inPage(await open(isolated), { device: 'wasm', threads: 2 });
      expect(outcome).toMatchObject({ threads: isolated ? 2 : 1, isolated });
      expect(outcome.losses).toEqual(expected);
    }
  });

  it('trains on navigator.gpu to almost the same losses', async () => {
    const page = await open(true);
    const outcome = await inWorker(page, { device: 'webgpu', steps: 2 });
    expect(outcome.kind).toBe('webgpu');
    expect(outcome.losses.length).toBe(2);
    outcome.losses.forEach((loss, step) => {
      expect(Math.abs(loss - expected[step]) / expected[step]).toBeLessThan(1e-4);
    });
  });

  it('prefers WebAssembly to a software adapter', async () => {
    const page = await open(false);
    expect((await inWorker(page, { device: 'auto', steps: 2 })).kind).toBe('wasm');
  });
});
