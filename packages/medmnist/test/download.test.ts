import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, type DownloadProgress, downloadFile } from '../src/download.ts';
import { progressBar } from '../src/download-progress.ts';
import { KeyedRandom } from '../src/random.ts';
import { BadServer } from './helpers/bad-server.ts';

const random = new KeyedRandom(7);
const content = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.below(256)));
const md5 = createHash('md5').update(content).digest('hex');
const server = new BadServer(content);
let root: string;
let folder: string;
let file: string;
let runs = 0;

beforeAll(async () => {
  await server.start();
  root = await mkdtemp(join(tmpdir(), 'glassbox-download-'));
});
afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = join(root, String(runs++));
  file = join(folder, 'set.npz');
});
afterEach(async () => {
  // Whatever happened: no lock stays, and under its name there is the whole file or none.
  const names = existsSync(folder) ? await readdir(folder) : [];
  expect(names.filter((name) => name.endsWith('.lock'))).toEqual([]);
  if (names.includes('set.npz')) expect((await readFile(file)).equals(content)).toBe(true);
});

const quick: DownloadOptions = { md5, answerMs: 300, stallMs: 200, pauseMs: 5, maxBytes: 1_000_000 };
const fetchSet = (options: DownloadOptions = {}) =>
  downloadFile(`${server.url}/set.npz`, file, { ...quick, ...options });
const ranges = () => server.requests.map((request) => request.range);

describe('download', () => {
  it('fetches, checks and puts a file in place, making its folder', async () => {
    server.script({});
    const seen: DownloadProgress[] = [];
    await fetchSet({ onProgress: (progress) => seen.push(progress) });
    expect(await readdir(folder)).toEqual(['set.npz']);
    expect(seen.at(-1)).toMatchObject({ received: 300_000, total: 300_000, resumedFrom: 0, done: true });
    expect(seen.every((progress, i) => i === 0 || progress.received >= seen[i - 1].received)).toBe(true);
  });

  it('works without an MD5 and without a length', async () => {
    server.script({ noLength: true });
    await fetchSet({ md5: undefined, maxBytes: undefined });
    expect((await readFile(file)).equals(content)).toBe(true);
  });

  it('follows redirects', async () => {
    server.script({ redirect: `${server.url}/elsewhere` }, {});
    await fetchSet();
    expect(server.requests[1].url).toBe('/elsewhere');
  });

  it('goes on where a broken connection ended', async () => {
    server.script({ cutAfter: 100_000 }, { cutAfter: 50_000 }, {});
    const retries: string[] = [];
    await fetchSet({ onProgress: (progress) => progress.retry && retries.push(progress.retry) });
    expect(retries.length).toBe(2);
    expect(retries[0]).toMatch(/broke/);
    expect(ranges()[0]).toBeUndefined();
    expect(ranges().slice(1)).toEqual([
      expect.stringMatching(/^bytes=\d+-$/),
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
    const [second, third] = ranges()
      .slice(1)
      .map((range) => Number(/\d+/.exec(range!)![0]));
    expect(second).toBeGreaterThan(0);
    expect(third).toBeGreaterThan(second);
  });

  it('goes on where an earlier run was stopped', async () => {
    server.script({ stallAfter: 120_000 });
    const controller = new AbortController();
    const first = fetchSet({
      stallMs: 10_000,
      signal: controller.signal,
      onProgress: ({ received }) => received >= 120_000 && controller.abort(),
    });
    await expect(first).rejects.toThrow(/interrupted after 120 KB.*run the same command again/);
    expect(await readdir(folder)).toEqual(['set.npz.part']);
    server.script({});
    let resumedFrom = 0;
    await fetchSet({ onProgress: (progress) => (resumedFrom = progress.resumedFrom) });
    expect(ranges()).toEqual(['bytes=120000-']);
    expect(resumedFrom).toBe(120_000);
  });

  it('recovers from stalls and trickles', async () => {
    server.script({ stallAfter: 100_000 }, { trickle: true }, { silent: true }, {});
    const retries: string[] = [];
    await fetchSet({ onProgress: (progress) => progress.retry && retries.push(progress.retry) });
    expect(retries.length).toBe(3);
    expect(retries[0]).toMatch(/fewer than 1024 bytes arrived in 0\.2 s/);
    expect(retries[1]).toBe(retries[0]);
    expect(retries[2]).toBe('no answer came in 0.3 s');
  });

  it('gives up a server that stays silent, and says what to do', async () => {
    server.script({ silent: true });
    await expect(fetchSet()).rejects.toThrow(
      new RegExp(
        String.raw`127\.0\.0\.1.*could not be downloaded in 2 tries; the last time no answer came in 0\.3 ` +
          String.raw`s.*Check the network; or fetch it by hand and save it as .*set\.npz`,
      ),
    );
  });

  it('gives up where nothing listens', async () => {
    await expect(downloadFile('http://127.0.0.1:9/set.npz', file, quick)).rejects.toThrow(
      /in 2 tries; the last time the server could not be reached/,
    );
  });

  it('starts again where the server does not do ranges', async () => {
    server.script({ cutAfter: 100_000 }, { noRanges: true });
    await fetchSet();
    expect(server.requests.length).toBe(2);
  });

  it('does not trust an answer to another range than asked for', async () => {
    server.script({ cutAfter: 100_000 }, { shiftRange: 1000 }, {});
    await fetchSet();
    expect(ranges()[2]).toBeUndefined();
  });

  it('notices that the beginning on the disk is of another file, once', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.part`, Buffer.alloc(100_000, 7));
    server.script({});
    await fetchSet();
    expect(ranges()).toEqual(['bytes=100000-', undefined]);
  });

  it('accepts a part that is already whole, and throws away one that is too long', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.part`, content);
    server.script({});
    await fetchSet();
    expect(server.requests.length).toBe(1);
    await rm(file);
    await writeFile(`${file}.part`, Buffer.concat([content, Buffer.from('more')]));
    server.script({});
    await fetchSet();
    expect(ranges()).toEqual(['bytes=300004-', undefined]);
  });

  it('refuses other content of the same length, and keeps nothing of it', async () => {
    server.script({ content: Buffer.alloc(content.length, 1) });
    await expect(fetchSet()).rejects.toThrow(
      /sent 300 KB with the MD5 [0-9a-f]{32} instead of [0-9a-f]{32}, twice/,
    );
    expect(server.requests.length).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([5000, -5000])('sees through a length that is off by %i bytes', async (lieLength) => {
    server.script({ lieLength }, {});
    await fetchSet();
    expect((await readFile(file)).equals(content)).toBe(true);
    expect(server.requests.length).toBeGreaterThan(1);
  });

  it('stops a file that is or claims to be far too large', async () => {
    server.script({ endless: true });
    await expect(fetchSet()).rejects.toThrow(/has already sent 1\.\d MB, but this file has at most 1\.0 MB/);
    server.script({ lieLength: 5_000_000 });
    await rm(`${file}.part`, { force: true });
    await expect(fetchSet()).rejects.toThrow(/claims to be 5\.3 MB/);
  });

  it.each([
    [404, /answered 404.*The file has moved: fetch it by hand.*It belongs in .*set\.npz/],
    [403, /answered 403.*refuses/],
    [410, /answered 410/],
  ])('does not insist on a %i', async (status, message) => {
    server.script({ status });
    await expect(fetchSet()).rejects.toThrow(message);
    expect(server.requests.length).toBe(1);
  });

  it.each([500, 503, 429])('tries again after a %i', async (status) => {
    server.script({ status, headers: { 'retry-after': '0' } }, {});
    await fetchSet();
    expect(server.requests.length).toBe(2);
  });

  it('gives up after five times 500', async () => {
    server.script({ status: 500 });
    await expect(fetchSet()).rejects.toThrow(/in 5 tries; the last time the server answered 500/);
  });

  it('does not take a web page for the file', async () => {
    server.script({ headers: { 'content-type': 'text/html; charset=utf-8' } });
    await expect(fetchSet()).rejects.toThrow(/answers with a web page/);
  });

  it('fetches once for two callers', async () => {
    server.script({});
    await Promise.all([fetchSet(), fetchSet(), fetchSet()]);
    expect(server.requests.length).toBe(1);
  });

  it('waits for another process, and takes over when it has died', async () => {
    await mkdir(folder, { recursive: true });
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    const { hostname } = await import('node:os');
    await writeFile(`${file}.part.lock`, `${other.pid} ${hostname()}\n`);
    server.script({});
    let done = false;
    const waiting = fetchSet().then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(done).toBe(false);
    expect(server.requests.length).toBe(0);
    other.kill('SIGKILL');
    await new Promise((resolve) => other.once('exit', resolve));
    await waiting;
    expect(server.requests.length).toBe(1);
  });

  it('takes over a lock that nobody has touched for minutes', async () => {
    await mkdir(folder, { recursive: true });
    const lock = `${file}.part.lock`;
    await writeFile(lock, '1 some-other-machine\n');
    await utimes(lock, new Date(), new Date(Date.now() - 600_000));
    server.script({});
    await fetchSet();
    expect((await stat(file)).size).toBe(300_000);
  });

  it('says that a folder cannot be made or written', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a-file'), '');
    await expect(downloadFile(server.url, join(folder, 'a-file', 'sub', 'x.npz'), quick)).rejects.toThrow(
      /could not be written/,
    );
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full and how much is needed', async () => {
    await mkdir(folder, { recursive: true });
    await symlink('/dev/full', `${file}.part`);
    server.script({});
    await expect(fetchSet()).rejects.toThrow(
      new RegExp(
        String.raw`set\.npz\.part: could not be written: the disk is full\. Free some space and try again\. ` +
          '300 KB are needed in all',
      ),
    );
  });
});

describe('progress bar', () => {
  const report = (received: number, more: Partial<DownloadProgress> = {}): DownloadProgress => ({
    url: 'http://x/chestmnist.npz',
    file: '/data/chestmnist.npz',
    received,
    total: 82_800_000,
    resumedFrom: 0,
    bytesPerSecond: 4_100_000,
    done: false,
    ...more,
  });

  it('draws one line over and over in a terminal', () => {
    let text = '';
    const draw = progressBar({ isTTY: true, columns: 100, write: (piece) => (text += piece) });
    draw(report(41_400_000));
    expect(text).toContain('chestmnist.npz: 41.4 MB of 82.8 MB (50 %), 4.1 MB/s');
    expect(text).toMatch(/\[#+\.+\]/);
    expect(text).not.toContain('\n');
    draw(report(50_000_000, { retry: 'the connection broke' }));
    expect(text).toContain('chestmnist.npz: the connection broke; trying again\n');
    draw(report(82_800_000, { done: true, resumedFrom: 1_000_000 }));
    expect(text).toMatch(/82\.8 MB of 82\.8 MB \(100 %\), checked, resumed at 1\.0 MB \[#+\]\n$/);
  });

  it('shows no speed where nothing has come, and leaves the line to the error', async () => {
    for (const isTTY of [true, false]) {
      let text = '';
      const draw = progressBar({ isTTY, columns: 100, write: (piece) => (text += piece) });
      draw(report(0, { bytesPerSecond: 0, total: undefined, retry: 'no answer' }));
      draw(report(1_000_000, { bytesPerSecond: 0, resumedFrom: 1_000_000 }));
      draw(report(1_000_000, { bytesPerSecond: 0, resumedFrom: 1_000_000, failed: true }));
      expect(text).not.toContain('0 bytes');
      expect(text).toContain('1.0 MB of 82.8 MB (1 %), resumed at 1.0 MB');
      expect(text.endsWith(isTTY ? '\r\x1b[2K' : '\n')).toBe(true);
    }
    let text = '';
    const onProgress = progressBar({ isTTY: true, columns: 100, write: (piece) => (text += piece) });
    await expect(downloadFile('http://127.0.0.1:9/set.npz', file, { ...quick, onProgress })).rejects.toThrow(
      /could not be downloaded/,
    );
    expect(text).not.toContain('0 bytes');
    expect(text).toMatch(/trying again\n$/);
  });

  it('writes a line at every tenth elsewhere', () => {
    let text = '';
    const draw = progressBar({ write: (piece) => (text += piece) });
    for (let percent = 0; percent <= 99; percent++) draw(report(828_000 * percent));
    expect(text.trim().split('\n').length).toBe(10);
    expect(text).not.toContain('\r');
  });
});
