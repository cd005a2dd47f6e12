/** Addresses and machines as nobody wants them: the page says what happened, and keeps the work. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Page, chromium as playwright } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../../packages/tensor-core/test/browser/chromium.ts';
import { serveSite } from '../site.ts';
import { problemOf, toAddress } from '../src/playground/spec.ts';
import { fromPageAddress, roomNames, toPageAddress } from '../src/rooms/address.ts';
import { atStep, describeClassroom, snapshot, until } from './classroom.ts';

describe('addresses that somebody made up', () => {
  const part = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      ...['&', '=', '%', '%zz', '%00', '+', '#', '\u0000', '\ud800', '__proto__', 'constructor'],
    ),
    fc.constantFrom(
      ...['net', 'bn', 'opt', 'lr', 'momentum', 'batch', 'labels', 'steps', 'image', 'seed', 'room'],
    ),
    fc.constantFrom(
      ...['8s1p1', '32s3p2-', '-', '1e999', '-1', '0x10', 'NaN', '1e-5', '4294967296', 'numbers'],
    ),
    fc.constantFrom(...roomNames.map((room) => `${room}.`)),
  );

  it('never throw, and always give a state that can be trained and written again', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const { problems, ...state } = fromPageAddress(parts.join(''));
        expect(problemOf(state.playground.spec)).toBeUndefined();
        expect(roomNames).toContain(state.room);
        const { problems: none, ...again } = fromPageAddress(toPageAddress(state));
        expect(none).toEqual([]);
        expect(again.room).toBe(state.room);
        expect(toAddress(again.playground)).toBe(toAddress(state.playground));
      }),
      { numRuns: 2000 },
    );
  });
});

const play = (page: Page) => page.getByRole('button', { name: 'Play' }).click();
const pause = (page: Page) => page.getByRole('button', { name: 'Pause' }).click();

/** Does what opens a device, and waits for what that one shows first: until then the page shows what it had. */
async function shownAnew(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate('globalThis.before = classroom.snapshot()');
  await act();
  await until(page, 'classroom.snapshot() !== before');
}

const reopen = (page: Page) =>
  shownAnew(page, () => page.getByRole('button', { name: 'Open the device again' }).click());

const chooseDevice = (page: Page, device: string) =>
  page.getByRole('combobox', { name: 'Device' }).selectOption(device);

/** Plays for some steps. @returns where it stopped. */
async function trainABit(page: Page): Promise<{ steps: number; trace: string }> {
  await play(page);
  await until(page, 'classroom.snapshot().steps >= 4');
  await pause(page);
  await until(page, '!classroom.snapshot().playing');
  return snapshot(page);
}

/** Keeps the Workers that the page makes, in their order: the first one trains the net, the next one is a room's. */
const keepWorkers = `
  globalThis.made = [];
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      made.push(this);
    }
  };
`;

/**
 * Ends a Worker behind the page's back, as a browser does that needs its memory. The page does it itself: Playwright
 * lists the threads of devices, too, in any order, and on a slow machine some without their address.
 */
const endWorker = (page: Page, number: number) => page.evaluate(`made[${number}].terminate()`);

describeClassroom('what a machine can do to the page', (classroom) => {
  const { open } = classroom;
  const url = () => classroom.url;

  it('a Worker that ends: says so, and the training comes back where it was', async () => {
    const page = await open({ script: keepWorkers });
    await atStep(page, 0);
    const { steps, trace } = await trainABit(page);
    await endWorker(page, 0);
    await until(page, `document.querySelector('.message[role="alert"]')`);
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^The training has ended: .*has ended its Worker/,
    );
    await reopen(page);
    await atStep(page, steps);
    expect(await page.locator('.message.bad').count()).toBe(0);
    expect((await snapshot(page)).trace).toBe(trace);
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, steps + 1);
    await page.context().close();
  });

  it.each([
    ['numbers', 'The lesson has ended', 'Begin it again', '.batch .primary:not(:disabled)'],
    ['kernel', 'The kernels cannot be run', 'Try again', '[data-verdict="green"]'],
    ['latent', 'The room’s net has ended', 'Open the device again', '.gallery [data-image]'],
  ])('a Worker of a room that ends: %s says so, and begins again', async (name, says, again, there) => {
    const page = await open({ hash: 'net=4s2p1&batch=8&labels=32', script: keepWorkers });
    await atStep(page, 0);
    await page.evaluate(`location.hash += '&room=${name}'`);
    await until(page, `document.querySelector('${there}')`);
    await endWorker(page, 1);
    await until(page, `document.querySelector('.message[role="alert"]')`);
    expect(await page.getByRole('alert').textContent()).toMatch(`${says}: the browser has ended its Worker`);
    await page.getByRole('button', { name: again }).click();
    await until(page, `!document.querySelector('.message[role="alert"]')`);
    await until(page, `document.querySelector('${there}')`);
    await page.context().close();
  });

  it('memory that does not suffice for a net: says so, and a smaller net trains', async () => {
    const page = await open();
    await atStep(page, 0);
    await page
      .workers()[0]
      .evaluate(`WebAssembly.Memory.prototype.grow = () => { throw new RangeError('no more') }`);
    await page.evaluate(`location.hash = 'net=32s1p1-32s1p1-32s1p1-32s1p1&batch=256&labels=2000&steps=1'`);
    await until(page, `document.querySelector('.message[role="alert"]')`);
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^This net does not fit .* The training has ended: .*out of memory: .*smaller batches or models/,
    );
    await page.evaluate(`location.hash = 'net=4s2p1&batch=8&steps=3'`);
    await atStep(page, 3);
    expect(await page.locator('.message.bad').count()).toBe(0);
    await page.context().close();
  });

  it('a lost WebGPU device: says so, takes no other one in its place, and opens it again', async () => {
    const page = await open({ hash: 'net=1s3p0&labels=10&batch=1&steps=1' });
    await atStep(page, 1);
    await shownAnew(page, () => chooseDevice(page, 'webgpu'));
    expect(await page.locator('#device strong').count()).toBe(1);
    await atStep(page, 1);
    // In every Worker that is left: those of WebAssembly may still be on their way out.
    const lost = `{
      const { createCommandEncoder } = GPUDevice.prototype;
      GPUDevice.prototype.createCommandEncoder = function (...args) {
        this.destroy();
        return createCommandEncoder.apply(this, args);
      };
    }`;
    for (const worker of page.workers()) await worker.evaluate(lost).catch(() => {});
    await page.getByRole('button', { name: 'One step' }).click();
    await until(page, `document.querySelector('.message[role="alert"]')`);
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^The training has ended: .*(lost|destroyed)/i,
    );
    expect(await page.textContent('#device')).toContain('WebGPU');
    await reopen(page);
    await atStep(page, 1);
    expect(await page.textContent('#device')).toContain('WebGPU');
    await page.context().close();
  });

  it('no WebGPU: says so when it is chosen, and trains when something else is', async () => {
    const browser = await playwright.launch({
      executablePath: chromium,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const page = await browser.newPage({ locale: 'en' });
    await page.goto(url());
    await atStep(page, 0);
    await chooseDevice(page, 'webgpu');
    await until(page, `document.querySelector('.message[role="alert"]')`);
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^The training has ended: .*(WebGPU|adapter)/,
    );
    await chooseDevice(page, 'wasm');
    await until(
      page,
      `!document.querySelector('.message[role="alert"]') && document.querySelector('#device')`,
    );
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 1);
    await browser.close();
  });

  it('no storage, and no service worker: trains, and remembers nothing', async () => {
    const page = await open({ url: 'about:blank', serviceWorkers: 'allow' });
    await page.addInitScript(`{
      const refuse = { get() { throw new DOMException('refused', 'SecurityError'); } };
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
        Object.defineProperty(globalThis, name, refuse);
      }
      ServiceWorkerContainer.prototype.register = async () => { throw new DOMException('refused', 'SecurityError'); };
    }`);
    await page.goto(url());
    await atStep(page, 0);
    await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
    await page.getByRole('button', { name: 'Ein Schritt' }).click();
    await atStep(page, 1);
    expect(await page.locator('.message:not([hidden])').count()).toBe(0);
    await page.context().close();
  });

  it('no headers and no service worker: trains on one thread and says why', async () => {
    const plain = await serveSite(classroom.out, { port: 0, isolated: false });
    const page = await open({ url: plain.url });
    await atStep(page, 0);
    expect(await page.evaluate('crossOriginIsolated')).toBe(false);
    expect(await page.evaluate('typeof SharedArrayBuffer')).toBe('undefined');
    expect(await page.textContent('#device')).toMatch(/one thread, because this page is not isolated/);
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 1);
    await page.context().close();
    await plain.close();
  });

  it('a second tab: both train', async () => {
    const page = await open();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await Promise.all([atStep(page, 0), atStep(other, 0)]);
    await Promise.all([play(page), play(other)]);
    await Promise.all([page, other].map((each) => until(each, 'classroom.snapshot().steps >= 4')));
    await page.context().close();
  });

  it('a closed laptop: goes on where it was, and does not make up for the time', async () => {
    const page = await open();
    await atStep(page, 0);
    await page.getByLabel('Pace').selectOption('10');
    await play(page);
    await until(page, 'classroom.snapshot().steps >= 3');
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((done) => setTimeout(done, 6000));
    const before = (await snapshot(page)).steps;
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await until(page, `classroom.snapshot().steps > ${before}`);
    expect((await snapshot(page)).steps - before).toBeLessThan(30);
    await pause(page);
    await page.context().close();
  });

  it('addresses that somebody made up: says what is wrong, and trains', async () => {
    const page = await open();
    await atStep(page, 0);
    const made = [
      '%',
      '&&=&',
      'net=',
      'net=0s0p0',
      'lr=1e999',
      'batch=256&labels=10',
      'room=<script>',
      'steps=-1',
    ];
    for (const hash of [...made, 'bn=2', 'numbers.unit=x', '__proto__=1', `x=${'y'.repeat(40_000)}`]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await until(page, `document.querySelector('main .card button')`);
    }
    await until(page, `document.querySelector('.message.bad')?.textContent.includes('It has 40')`);
    await page.evaluate(`location.hash = 'seed=3'`);
    await atStep(page, 0);
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 1);
    await page.context().close();
  });

  it('every room opens offline after one load', async () => {
    const site = await serveSite(classroom.out, { port: 0 });
    const page = await open({ url: site.url, serviceWorkers: 'allow' });
    await until(page, 'navigator.serviceWorker.controller');
    await site.close();
    for (const room of roomNames) {
      await page.goto(`${site.url}#room=${room}`);
      await page.reload();
      await until(page, `document.querySelector('[data-room="${room}"] .card')`);
      expect(await page.locator('.message:not([hidden])').count()).toBe(0);
    }
    // All files that were built are there, also those that no room has asked for yet.
    const files = readdirSync(join(classroom.out, 'assets'));
    const kept = (await page.evaluate(
      `Promise.all(${JSON.stringify(files)}.map(async (file) => Boolean(await caches.match('./assets/' + file))))`,
    )) as boolean[];
    expect(files.filter((_, at) => !kept[at])).toEqual([]);
    await page.context().close();
  });
});
