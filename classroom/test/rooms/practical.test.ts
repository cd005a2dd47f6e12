import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { buildAnswers, buildReport, type RunResults } from '@glassbox/experiments';
import { decodePictures } from '@glassbox/images/files';
import { bytesSource, encodeNpz, readZipDirectory, readZipMember } from '@glassbox/medmnist';
import { PracticalNet, parseSafetensors } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { practical, smallData, workFolder } from '../../../packages/experiments/test/run/support.ts';
import { describeClassroom, faultsOf, showAs, small, until as waitUntil } from '../classroom.ts';

const { work, remove } = workFolder();
afterAll(remove);
const tasks = ['1c', '2a'] as const;

/** What a run says apart from times, the machine, and how the images are packed. */
function comparable(text: string): string {
  const { testImages, ...results } = JSON.parse(text) as RunResults & Record<string, unknown>;
  const own = ['startedAt', 'durationSeconds', 'resumed', 'command', 'adapter', 'versions'];
  const images = Object.values(testImages ?? {}).map(({ pixels, ...rest }) => ({
    ...rest,
    pixels: inflate(pixels),
  }));
  return JSON.stringify(
    { ...results, images },
    (key, value) => (own.includes(key) || key === 'trainSeconds' ? undefined : value),
    1,
  );
}

const inflate = (base64: string) => zlib.inflateSync(Buffer.from(base64, 'base64')).toString('hex');

/**
 * A text in which the pixels of pictures stand in place of their files, which two programs pack in two ways, and clip
 * paths count from the first one: Plot counts all that it has ever drawn.
 */
function unpacked(text: string): string {
  const first = Number(text.match(/plot-clip-(\d+)/)?.[1]);
  return text
    .replace(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g, (_, data) => pixelsOf(Buffer.from(data, 'base64')))
    .replace(/plot-clip-(\d+)/g, (_, number) => `plot-clip-${number - first}`);
}

/** Expects two texts to be the same, and shows where they are not: the whole is long. */
function expectSame(name: string, text: string, expected: string): void {
  const tags = (all: string) => all.split(/(?=<)|\n/);
  const [own, other] = [tags(text), tags(expected)];
  const differ = own.flatMap((tag, i) =>
    tag === other[i] ? [] : [[tag.slice(0, 200), other[i]?.slice(0, 200)]],
  );
  expect([name, own.length, differ.slice(0, 5)]).toEqual([name, other.length, []]);
}

const digest = (bytes: Uint8Array | Uint16Array) => createHash('sha256').update(bytes).digest('hex');

/** Size and pixels of the pictures that were read: the same files stand in figures, report and answers. */
const read = new Map<string, string>();

function pixelsOf(png: Uint8Array): string {
  const file = digest(png);
  const known = read.get(file);
  if (known) return known;
  const [{ width, height, channels, data }] = decodePictures(png);
  const pixels = `${width}x${height}x${channels} ${digest(data)}`;
  read.set(file, pixels);
  return pixels;
}

async function unzip(zip: Uint8Array): Promise<Record<string, Uint8Array>> {
  const source = bytesSource(zip);
  const files: Record<string, Uint8Array> = {};
  for (const member of await readZipDirectory(source))
    files[member.name] = await readZipMember(source, member);
  return files;
}

/** Milliseconds: a run takes minutes where other tests run beside it. */
const patience = 300_000;

const until = (page: Page, expression: string) => waitUntil(page, expression, patience);

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function opened(page: Page): Promise<void> {
  page.context().setDefaultTimeout(patience);
  await page.waitForSelector('.room-practical .setup, .room-practical .stage-now', { timeout: patience });
  await until(page, `!document.querySelector('.room-practical .setup [type=submit]')?.disabled`);
}

/** Waits for the run to say something. */
const said = (page: Page, text: string) =>
  page.locator('.stage-now', { hasText: text }).waitFor({ timeout: patience });

/** What the page lets one save. */
async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
  return readFileSync(await download.path());
}

describeClassroom('the practical in a browser', (classroom) => {
  const inNode = join(work, 'node');
  it(
    'trains dropped files to the numbers of the command line, also when its page is closed',
    async () => {
      const flags = await smallData(work, { chest: 96, pneumonia: 64 });
      const files = flags.filter((flag) => flag.endsWith('.npz'));
      expect(practical(...tasks, ...flags, '--out', inNode)).toMatchObject({ status: 0, stderr: '' });
      const page = await classroom.open({ hash: `room=practical&practical.tasks=${tasks.join(',')}` });
      await opened(page);
      await page.locator('input[type="file"]').setInputFiles(files);
      await until(page, `document.querySelector('.data')?.textContent.includes('chest.npz: 96 images')`);
      await opened(page);
      await button(page, 'Start').click();
      await said(page, '3 of 9 trainings are done');
      expect(await page.locator('[data-task="1a"] .figures img').count()).toBeGreaterThan(0);

      // The Worker dies with its page, wherever it is.
      const context = page.context();
      await page.close();
      const again = await context.newPage();
      await again.goto(`${classroom.url}#room=practical`);
      await said(again, 'Paused');
      expect(await again.locator('[data-state="done"]').count()).toBeGreaterThanOrEqual(3);

      // A browser that is short of room may have dropped a file. Another one does not stand in for it.
      await again.evaluate(`navigator.storage.getDirectory()
      .then((root) => root.getDirectoryHandle('practical'))
      .then((folder) => folder.getDirectoryHandle('files'))
      .then((folder) => folder.removeEntry('chest'))`);
      await button(again, 'Go on').click();
      await again.getByRole('alert').filter({ hasText: 'needs chest.npz again' }).waitFor();
      const give = (buffer: Buffer) =>
        again
          .locator('input[type="file"]')
          .setInputFiles([{ name: 'chest.npz', mimeType: 'application/zip', buffer }]);
      await give(readFileSync(files[1]));
      await again.getByRole('alert').waitFor({ state: 'detached' });
      await button(again, 'Go on').click();
      await again.getByRole('alert').filter({ hasText: 'began with another chest.npz' }).waitFor();
      await give(readFileSync(files[0]));
      await again.getByRole('alert').waitFor({ state: 'detached' });
      await button(again, 'Go on').click();
      await said(again, 'Done.');
      const text = (await saved(again, 'Save results.json')).toString();
      expectSame(
        'results.json',
        comparable(text),
        comparable(readFileSync(join(inNode, 'results.json'), 'utf8')),
      );

      // From the same results the same report, answers and pictures.
      const results = JSON.parse(text) as RunResults;
      expect(results).toMatchObject({ complete: true, resumed: true });
      const zip = await unzip(await saved(again, 'Save all as zip'));
      const textOf = (name: string) => Buffer.from(zip[name]).toString();
      expect(textOf('results.json') === text).toBe(true);
      expectSame('report.html', (await saved(again, 'Save report.html')).toString(), textOf('report.html'));
      expectSame('report.html', unpacked(textOf('report.html')), unpacked(buildReport(results)));
      expectSame('answers.html', unpacked(textOf('answers.html')), unpacked(buildAnswers(results)));
      const figures = Object.keys(zip).filter((name) => name.startsWith('figures/'));
      expect(figures.length).toBeGreaterThan(20);
      for (const name of figures) {
        const own = readFileSync(join(inNode, name));
        if (name.endsWith('.png')) expect([name, pixelsOf(zip[name])]).toEqual([name, pixelsOf(own)]);
        else expectSame(name, unpacked(textOf(name)), unpacked(own.toString()));
      }
      for (const [, file] of textOf('answers.html').matchAll(/href="(code\/[^"#]+)/g)) {
        expectSame(
          file,
          textOf(file),
          readFileSync(join(import.meta.dirname, '../../..', file.slice(5)), 'utf8'),
        );
      }
      const lines = textOf('metrics.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const histories = results.rows.flatMap(({ history }) => history.map(({ valLoss }) => valLoss));
      const rows = lines.filter(({ training }) => !training.startsWith('autoencoder'));
      expect(rows.map(({ valLoss }) => valLoss)).toEqual(histories);

      // Frozen layers have not moved, and the head by what it says.
      const layers = (await again.evaluate(`[...document.querySelectorAll('[data-task="2a"] [data-layer]')]
      .map(({ dataset }) => ({ ...dataset }))`)) as Record<string, string>[];
      const frozen = layers.filter((layer) => layer.frozen === 'true');
      expect(frozen.map(({ layer }) => layer)).toEqual([
        'conv1',
        'bn1',
        'conv2',
        'bn2',
        'conv3',
        'bn3',
        'conv4',
        'bn4',
      ]);
      for (const layer of frozen) expect(layer).toMatchObject({ largest: '0', changed: '0' });
      const head = layers.find(({ layer }) => layer === 'fc')!;
      const name = '2a-frozen-bn-reestimated-seed0.safetensors';
      const { tensors } = parseSafetensors(readFileSync(join(inNode, 'checkpoints', name)));
      const runtime = await openRuntime({ device: 'wasm', threads: 1 });
      const fresh = await new PracticalNet(runtime, { seed: 0 }).stateDict();
      await runtime.destroy();
      const moved = ['fc.weight', 'fc.bias'].flatMap((tensor) => {
        const [before, after] = [fresh, tensors].map((state) => state.get(tensor)!.data as Float32Array);
        return Array.from(after, (value, i) => Math.abs(value - before[i]));
      });
      expect(Number(head.largest)).toBe(Math.max(...moved));
      expect(Number(head.changed)).toBe(moved.filter((change) => change > 0).length);

      const [report] = await Promise.all([
        context.waitForEvent('page'),
        button(again, 'Open the report').click(),
      ]);
      await report.waitForLoadState();
      expect(await report.title()).toBe('Transfer learning on chest X-rays');
      expect(await report.locator('#task-2a').count()).toBe(1);
      await context.close();
    },
    2 * patience,
  );

  it(
    'pauses, goes on, and asks before it starts anew; another tab is told',
    async () => {
      const page = await classroom.open({ hash: 'room=practical&practical.tasks=1a' });
      await opened(page);
      await button(page, 'Start').click();
      await said(page, 'Training');
      await until(page, `document.querySelector('.layers li[data-frozen="false"]')`);
      await button(page, 'Pause').click();
      await said(page, 'Paused');
      const other = await page.context().newPage();
      await other.goto(`${classroom.url}#room=practical`);
      await other.getByText('open in another tab').waitFor();
      await other.close();
      const before = await page.locator('[data-training="1a-scratch-seed0"] td').first().textContent();
      await button(page, 'Go on').click();
      await until(
        page,
        `document.querySelector('[data-training="1a-scratch-seed0"] td').textContent !== ${JSON.stringify(before)}`,
      );
      await button(page, 'Pause').click();
      await said(page, 'Paused');
      await button(page, 'Start anew').click();
      await button(page, 'No, keep it').click();
      await said(page, 'Paused');
      await button(page, 'Start anew').click();
      await button(page, 'Yes, remove it').click();
      await page.waitForSelector('.room-practical .setup');
      await page.reload();
      await page.waitForSelector('.room-practical .setup');
      await page.context().close();
    },
    2 * patience,
  );

  it(
    'says what is wrong with files, and with an address',
    async () => {
      const page = await classroom.open({ hash: 'room=practical&practical.tasks=1a,9z&practical.seeds=-1' });
      await opened(page);
      const problems = await page.getByRole('alert').textContent();
      expect(problems).toContain('“practical.tasks” is “1a,9z”');
      expect(problems).toContain('“practical.seeds” is “-1”');
      const images = await encodeNpz({
        train_images: { dtype: 'u8', shape: [1, 64, 64], data: new Uint8Array(4096) },
      });
      const give = (name: string, buffer: Uint8Array) =>
        page
          .locator('input[type="file"]')
          .setInputFiles([{ name, mimeType: 'application/zip', buffer: Buffer.from(buffer) }]);
      await give('chestmnist.npz', Buffer.from('PK no zip'));
      await page.locator('.message.bad', { hasText: 'chestmnist.npz' }).waitFor();
      await opened(page);
      await give('pneumoniamnist.npz', images);
      await page.locator('.message.bad', { hasText: 'pneumoniamnist.npz' }).waitFor();
      await opened(page);
      await give('images.npz', images);
      await page.getByRole('status').filter({ hasText: 'images.npz: the names must tell' }).waitFor();
      expect(await page.locator('.data').textContent()).toContain('4,000 images');
      await page.context().close();
    },
    2 * patience,
  );

  it(
    'runs in memory where the browser stores nothing, and says so',
    async () => {
      const page = await classroom.open({ url: 'about:blank' });
      const refuse = `Object.defineProperty(StorageManager.prototype, 'getDirectory', {
      value: () => Promise.reject(new DOMException('forbidden', 'SecurityError')) });\n`;
      await page.context().route(/assets\/worker-.*\.js$/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: refuse + (await response.text()) });
      });
      await page.goto(`${classroom.url}#room=practical&practical.tasks=1a`);
      await opened(page);
      await page.getByText('lets the page store nothing (forbidden)').waitFor();
      await button(page, 'Start').click();
      await until(page, `document.querySelector('.layers')`);
      await page.context().close();
    },
    2 * patience,
  );

  const ways = [
    ['light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en' }],
    ['narrow, dark and German', { viewport: small, colorScheme: 'dark', locale: 'de' }],
  ] as const;
  it(
    `${ways.map(([name]) => name).join('; ')}: axe finds nothing, and nothing is cut off`,
    async () => {
      const page = await classroom.open({
        ...ways[0][1],
        bypassCSP: true,
        hash: 'room=practical&practical.tasks=1b,2a',
      });
      const clean = async () => {
        for (const [name, way] of ways) {
          await showAs(page, way);
          expect([name, await faultsOf(page)]).toEqual([name, []]);
        }
      };
      await opened(page);
      await clean();
      await page.locator('.setup .primary').click();
      await until(page, `document.querySelector('.layers') && document.querySelector('.loss svg')`);
      await page.locator('.bar + .fields .primary').click();
      await until(page, `document.querySelector('.bar + .fields .primary:not(:disabled)')`);
      await clean();
      await page.context().close();
    },
    2 * patience,
  );

  it('has found no error in the console', () => {
    expect(classroom.problems).toEqual([]);
  });
});
