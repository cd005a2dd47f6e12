/**
 * How smooth the page is while it trains, and how soon it shows something. By hand, on a machine that does nothing
 * else:
 *
 *     node scripts/run.mjs classroom/test/measure.ts
 *
 * The page's time in a frame is what its thread computes (scripts, style, layout, paint), from a trace of Chromium:
 * time of the processor, so that other programs count little. What other threads draw (raster) is listed beside it: a
 * GPU does that where there is one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { chromium, chromiumFlags } from '../../packages/tensor-core/test/browser/chromium.ts';
import { buildSite, serveSite } from '../site.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const seconds = 10;
const loads = 10;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds that the thread computed. */
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly url?: string } };
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
const form = (value: number) => value.toFixed(1);

/** Milliseconds of each thread of the page's process, and of its main thread by what it did. */
function busy(events: readonly TraceEvent[], pid: number) {
  const names = new Map<number, string>();
  for (const { name, pid: process, tid, args } of events) {
    if (name === 'thread_name' && process === pid) names.set(tid, args.name!);
  }
  const threads: Record<string, number> = {};
  const parts: Record<string, number> = {};
  for (const { name, ph, pid: process, tid, tdur = 0 } of events) {
    if (ph !== 'X' || process !== pid) continue;
    const thread = names.get(tid) ?? '';
    // Tasks of a thread do not overlap; all else lies within one.
    if (name === 'ThreadControllerImpl::RunTask' || name === 'ThreadPool_RunTask')
      threads[thread] = (threads[thread] ?? 0) + tdur / 1000;
    else if (thread === 'CrRendererMain') parts[name] = (parts[name] ?? 0) + tdur / 1000;
  }
  return { threads, parts };
}

/** What CDP records in so many seconds. */
async function traced(page: Page, during: () => Promise<void>): Promise<TraceEvent[]> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((done) => session.once('Tracing.tracingComplete', () => done()));
  const includedCategories = ['toplevel', 'disabled-by-default-devtools.timeline', 'devtools.timeline'];
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  await during();
  await session.send('Tracing.end');
  await complete;
  return events;
}

/** Frames and long tasks while it plays at full speed. */
const watch = `new Promise((done) => {
  const long = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
  const times = [];
  const begin = performance.now();
  const frame = (now) => {
    times.push(now);
    if (performance.now() - begin < ${1000 * seconds}) requestAnimationFrame(frame);
    else done({ times, long });
  };
  requestAnimationFrame(frame);
})`;

async function smoothness(browser: Browser, url: string, pace: string, viewport: (typeof sizes)[number]) {
  const context = await browser.newContext({ viewport, locale: 'en' });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('#trace');
  await page.getByLabel('Pace').selectOption(pace);
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForTimeout(2000);
  let seen = { times: [] as number[], long: [] as number[] };
  const before = await page.evaluate('classroom.snapshot().steps');
  const events = await traced(page, async () => {
    seen = await page.evaluate(watch);
  });
  const after = await page.evaluate('classroom.snapshot().steps');
  await context.close();
  const intervals = seen.times
    .slice(1)
    .map((time, i) => time - seen.times[i])
    .sort((a, b) => a - b);
  const frames = intervals.length;
  const pid = events.find(
    ({ name, args }) => name === 'FunctionCall' && args.data?.url?.startsWith(url),
  )!.pid;
  const { threads, parts } = busy(events, pid);
  const sum = (...wanted: string[]) => wanted.reduce((total, name) => total + (parts[name] ?? 0), 0) / frames;
  const main = (threads.CrRendererMain ?? 0) / frames;
  const others = Object.entries(threads)
    .filter(([name]) => name === 'Compositor' || name.startsWith('ThreadPool'))
    .reduce((total, [, time]) => total + time, 0);
  console.log(
    `${viewport.width} x ${viewport.height}, ${pace} steps/s: ` +
      `${form((1000 * frames) / (seen.times.at(-1)! - seen.times[0]))} frames/s, ` +
      `95 % within ${form(quantile(intervals, 0.95))} ms, longest ${form(intervals.at(-1)!)} ms; ` +
      `${seen.long.length} tasks over 50 ms; ${Number(after) - Number(before)} steps; load ${form(loadavg()[0])}\n` +
      `  page's thread ${form(main)} ms in a frame (functions ${form(sum('FunctionCall'))}, ` +
      `style and layout ${form(sum('UpdateLayoutTree', 'Layout'))}, ` +
      `paint ${form(sum('PrePaint', 'Paint', 'Layerize', 'Commit'))}), other threads ${form(others / frames)} ms`,
  );
}

/** Milliseconds from the start of the navigation to the first maps on the screen. */
async function firstPicture(browser: Browser, url: string, cold: boolean): Promise<void> {
  const times: number[] = [];
  let context = await browser.newContext({ viewport: sizes[0], locale: 'en' });
  for (let load = 0; load < loads + Number(!cold); load++) {
    if (cold && load > 0) {
      await context.close();
      context = await browser.newContext({ viewport: sizes[0], locale: 'en' });
    }
    const page = await context.newPage();
    await page.addInitScript(`(() => {
      const look = () => {
        if (!document.querySelector('.net .tile')) return requestAnimationFrame(look);
        // Drawn in this frame, on the screen when the next one begins.
        requestAnimationFrame((now) => { globalThis.firstPicture = now; });
      };
      requestAnimationFrame(look);
    })()`);
    await page.goto(url);
    while (!(await page.evaluate('globalThis.firstPicture'))) await page.waitForTimeout(20);
    // The first load of the warm ones fills the cache.
    if (cold || load > 0) times.push((await page.evaluate('globalThis.firstPicture')) as number);
    await page.waitForTimeout(300);
    await page.close();
  }
  await context.close();
  times.sort((a, b) => a - b);
  console.log(
    `first maps, ${cold ? 'cold' : 'warm'}: ${loads} loads, median ${form(quantile(times, 0.5))} ms, ` +
      `from ${form(times[0])} to ${form(times.at(-1)!)} ms`,
  );
}

const out = mkdtempSync(join(tmpdir(), 'glassbox-classroom-measure-'));
await buildSite(out);
const site = await serveSite(out, { port: 0 });
const browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
await firstPicture(browser, site.url, true);
await firstPicture(browser, site.url, false);
for (const viewport of sizes) {
  for (const pace of ['30', 'Infinity']) await smoothness(browser, site.url, pace, viewport);
}
await browser.close();
await site.close();
rmSync(out, { recursive: true, force: true });
