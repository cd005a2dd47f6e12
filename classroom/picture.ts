/**
 * Records the moving picture of the classroom that README shows: plays scenes in Chromium and writes an animated WebP.
 *
 *     node scripts/run.mjs classroom/picture.ts docs/figures/classroom.webp
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { type Page, chromium as playwright } from 'playwright-core';
import sharp from 'sharp';
import { chromium, chromiumFlags } from '../packages/tensor-core/test/browser/chromium.ts';
import { buildSite, serveSite } from './site.ts';
import type { RoomName } from './src/rooms/address.ts';

const help = `
node scripts/run.mjs classroom/picture.ts FILE.webp

Plays the rooms of the classroom in Chromium and records them as an animated WebP file of less than 2 MB. Chromium is
the one on the path, or CHROMIUM names it.
`.trim();

const viewport = { width: 1280, height: 800 };
/** How long each frame is shown, in milliseconds. */
const delay = 125;
const maxBytes = 2e6;

interface Film {
  readonly page: Page;
  /** Records so many frames as fast as the machine draws them: what moves in the page moves on. */
  record(frames: number): Promise<void>;
}

interface Scene {
  readonly room: RoomName;
  play(film: Film): Promise<void>;
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** A place of the page at the top of the picture. */
const show = (page: Page, place: string) =>
  page.locator(place).evaluate((element) => element.scrollIntoView({ block: 'start' }));

/** One scene for each room, in the order of the page's bar. Together they last about ten seconds. */
const scenes: readonly Scene[] = [
  {
    room: 'net',
    async play({ page, record }) {
      await page.waitForSelector('.plot svg');
      await record(3);
      await button(page, 'Play').click();
      await record(10);
      await page.locator('.thumbs .tile').nth(3).click();
      await record(7);
      await button(page, 'Pause').click();
    },
  },
  {
    room: 'numbers',
    async play({ page, record }) {
      for (const part of ['Forward', 'Loss', 'Backward', 'Update']) {
        await button(page, new RegExp(`${part}$`)).click();
        await page.waitForSelector('.stages .primary:enabled');
        await record(part === 'Loss' ? 2 : 5);
      }
      // The gradient of a weight of the second convolution.
      await page.locator('.lesson tbody tr:nth-child(4) .cell').nth(2).click();
      await page.waitForSelector('.number .order .line');
      await show(page, '.number');
      await record(12);
    },
  },
  {
    room: 'kernel',
    async play({ page, record }) {
      await page.waitForSelector('.verdict.green');
      await record(4);
      await button(page, 'Turn a sign').click();
      await page.waitForSelector('.verdict.red');
      await record(10);
    },
  },
  {
    room: 'time',
    async play({ page, record }) {
      await page.waitForSelector('#time-about');
      await page.locator('.beside .cm-line').nth(60).hover();
      await record(6);
      await button(page, 'Run the ladder').click();
      await page.waitForSelector('#time-rungs tbody tr:nth-child(6)', { timeout: 120_000 });
      await show(page, '.ladder');
      await record(8);
    },
  },
  {
    room: 'latent',
    async play({ page, record }) {
      await expectText(page, '#latent-epoch', /12 of 12/);
      await button(page, 'Play').click();
      await record(14);
    },
  },
  {
    room: 'practical',
    async play({ page, record }) {
      await page.waitForSelector('button.primary:enabled', { timeout: 60_000 });
      await button(page, 'Start').click();
      await page.waitForTimeout(6000);
      await record(8);
    },
  },
];

/** Waits until a place of the page says this. */
async function expectText(page: Page, place: string, text: RegExp): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!text.test((await page.textContent(place)) ?? '')) {
    if (Date.now() > deadline) throw new Error(`${place} never said ${text}`);
    await page.waitForTimeout(100);
  }
}

async function film(): Promise<Buffer[]> {
  const out = mkdtempSync(join(tmpdir(), 'glassbox-classroom-picture-'));
  await buildSite(out);
  const site = await serveSite(out, { port: 0 });
  const browser = await playwright.launch({ executablePath: chromium, args: chromiumFlags });
  try {
    const context = await browser.newContext({ viewport, locale: 'en', colorScheme: 'light' });
    const page = await context.newPage();
    const frames: Buffer[] = [];
    const record = async (count: number) => {
      for (let n = 0; n < count; n++) frames.push(await page.screenshot());
    };
    for (const { room, play } of scenes) {
      await page.goto(`${site.url}#room=${room}`);
      await page.waitForSelector(`[data-room="${room}"] .card`);
      await play({ page, record });
    }
    return frames;
  } finally {
    await browser.close();
    await site.close();
    rmSync(out, { recursive: true, force: true });
  }
}

/** The best quality that is small enough. */
async function encode(frames: Buffer[]): Promise<Buffer> {
  for (const quality of [90, 80, 70, 60, 50, 40]) {
    const picture = sharp(frames, { join: { animated: true } });
    const bytes = await picture
      .webp({ quality, delay: frames.map(() => delay), loop: 0, effort: 5 })
      .toBuffer();
    console.log(
      `${frames.length} frames of ${delay} ms, quality ${quality}: ${(bytes.length / 1e6).toFixed(2)} MB`,
    );
    if (bytes.length < maxBytes) return bytes;
  }
  throw new Error(`No quality gives less than ${maxBytes} bytes: record fewer frames`);
}

await runProgram(help, async () => {
  const { positionals } = parseCommandLine(process.argv.slice(2), {});
  const [file] = positionals;
  if (positionals.length !== 1 || !file.endsWith('.webp'))
    throw new UsageError('Name one file, as in classroom.webp');
  if (!chromium)
    throw new UsageError('There is no Chromium: install it, or set CHROMIUM to its program file');
  writeFileSync(file, await encode(await film()));
  return 0;
});
