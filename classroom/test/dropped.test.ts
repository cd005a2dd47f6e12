/** Files that somebody drops on the page, good ones and hostile ones. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encodeNpz, montagePng } from '@glassbox/medmnist';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { crc32 } from '../../packages/files/src/index.ts';
import { phantoms } from '../src/playground/data.ts';
import { atStep, describeClassroom, until } from './classroom.ts';

/** A PNG of one bit for each pixel, all of them black. */
function blackPng(width: number, height: number, rows = height): Buffer {
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(rows * (1 + Math.ceil(width / 8))));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat(parts);
}

/** Drops files and folders of this machine on the page, as a hand would. */
async function drop(page: Page, ...files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
  await session.detach();
}

const tiles = (page: Page) => page.locator('.thumbs .tile').count();
describeClassroom('files that are dropped', ({ open, problems }) => {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-dropped-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, data: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, data);
    return path;
  };
  const { images, labels } = phantoms('train', 3);
  const picture = montagePng(
    { images: images.subarray(0, 784), imageSize: 28, channels: 1 },
    { scale: 1, gap: 0 },
  );
  const npz = () =>
    encodeNpz({
      test_images: { dtype: 'u8', shape: [3, 28, 28], data: images },
      test_labels: { dtype: 'u8', shape: [3, 1], data: labels },
    });

  it('shows a PNG, an npz file, and a folder in a folder', async () => {
    const page = await open();
    await atStep(page, 0);
    await drop(page, write('a.png', picture), write('b.npz', await npz()));
    await until(page, `document.querySelectorAll('.thumbs .tile').length === 4`);
    expect(await page.textContent('.message[role="status"]')).toBe('');
    for (let n = 0; n < 6; n++) write(`scans/day ${n}/x${n}.png`, picture);
    await drop(page, join(folder, 'scans'));
    await until(page, `document.querySelectorAll('.thumbs .tile').length === 6`);
    await page.context().close();
  });

  it('says what it cannot read, keeps what it shows, and goes on', async () => {
    const page = await open();
    await atStep(page, 0);
    const whole = await npz();
    const bomb = Buffer.from(whole);
    // The directory at the end says that the first file unpacks to 4 GiB.
    const entry = bomb.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    bomb.writeUInt32LE(0xff_ff_ff_f0, entry + 24);
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const said: readonly [string, RegExp][] = [
      [write('cut.npz', whole.subarray(0, whole.length / 2)), /cut\.npz: ./],
      [write('bomb.npz', bomb), /bomb\.npz: ./],
      [write('large.png', blackPng(10_000, 5000)), /large\.png has 10000 × 5000 pixels/],
      [write('huge.png', blackPng(60_000, 60_000, 1000)), /huge\.png is no image that this browser can read/],
      [write('text.png', 'no picture at all'), /text\.png is no image/],
      [write('cut.png', picture.subarray(0, 40)), /cut\.png is no image/],
      [write('letter.txt', 'Dear Sir or Madam'), /No PNG, JPEG or npz file was found/],
      [join(folder, 'empty'), /No PNG, JPEG or npz file was found/],
    ];
    for (const [file, message] of said) {
      await drop(page, file);
      await expect
        .poll(() => page.textContent('.message[role="status"]'), { timeout: 60_000, interval: 30 })
        .toMatch(message);
      await page.getByRole('button', { name: 'Close' }).click();
      expect(await tiles(page)).toBe(200);
    }
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 1);
    await page.context().close();
  });

  it('looks at the first of 10,000 files', async () => {
    const page = await open();
    await atStep(page, 0);
    for (let n = 0; n < 10_000; n++) write(`many/${n}.png`, n % 100 === 0 ? picture : 'none');
    await drop(page, join(folder, 'many'));
    await until(page, `document.querySelectorAll('.thumbs .tile').length < 200`);
    expect(await page.textContent('.message[role="status"]')).toMatch(
      /^Only the first 500 files were looked at\. .* is no image .*And \d+ more\./,
    );
    await page.context().close();
    expect(problems).toEqual([]);
  });
});
