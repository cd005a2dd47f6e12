import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@glassbox/files';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { metricsLog } from '../src/index.ts';
import { parseEvents, readEvents, scalarsOf } from './reader.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-logs-'));
afterAll(() => rmSync(work, { recursive: true }));
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(work, String(count++));
});

const all = { csv: true, tensorboard: true };
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const runs = (training: string) => join(folder, 'tensorboard', training);
const record = (epoch: number, loss = 1 / epoch) => ({
  epoch,
  trainLoss: loss,
  scores: { auc: 0.5 + epoch / 100 },
  learningRates: [0.1, 0.01],
});
/** The table by Python's csv module where there is a Python, else by splitting: nothing in it is quoted then. */
function table(): Record<string, string>[] {
  const [head, ...rows] = text('metrics.csv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(head.map((column, i) => [column, row[i]])));
}
const epochs = (training: string) => ({
  jsonl: text('metrics.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((row) => row.training === training)
    .map(({ epoch }) => epoch),
  csv: table()
    .filter((row) => row.training === training)
    .map(({ epoch }) => Number(epoch)),
  events: scalarsOf(runs(training)).map(({ step }) => step),
});
const same = (...steps: number[]) => ({ jsonl: steps, csv: steps, events: steps });

describe('metricsLog', () => {
  it('writes what others read: JSON lines, CSV, events', async () => {
    const before = Date.now() / 1000;
    const log = await metricsLog(folder, all);
    await log.log('first', 1, record(1));
    await log.log('first', 2, { ...record(2), valLoss: 0.25 });
    expect(text('metrics.jsonl')).toBe(
      '{"training":"first","epoch":1,"trainLoss":1,"scores":{"auc":0.51},"learningRates":[0.1,0.01]}\n' +
        '{"training":"first","epoch":2,"trainLoss":0.5,"scores":{"auc":0.52},"learningRates":[0.1,0.01],' +
        '"valLoss":0.25}\n',
    );
    expect(text('metrics.csv')).toBe(
      'training,epoch,trainLoss,scores.auc,learningRates.0,learningRates.1,valLoss\n' +
        'first,1,1,0.51,0.1,0.01,\nfirst,2,0.5,0.52,0.1,0.01,0.25\n',
    );
    const [version, ...events] = readEvents(runs('first'));
    expect(version.fileVersion).toBe('brain.Event:2');
    for (const { wallTime } of [version, ...events]) {
      expect(wallTime).toBeGreaterThanOrEqual(before);
      expect(wallTime).toBeLessThanOrEqual(Date.now() / 1000);
    }
    const f = Math.fround;
    const shared = { 'learningRates/0': f(0.1), 'learningRates/1': f(0.01) };
    expect(scalarsOf(runs('first'))).toEqual([
      { step: 1, trainLoss: 1, 'scores/auc': f(0.51), ...shared },
      { step: 2, trainLoss: 0.5, 'scores/auc': f(0.52), ...shared, valLoss: 0.25 },
    ]);
  });

  it('a training that goes on from an earlier epoch repeats none, and leaves others alone', async () => {
    const log = await metricsLog(folder, all);
    for (let epoch = 1; epoch <= 5; epoch++) await log.log('a', epoch, record(epoch));
    for (let epoch = 1; epoch <= 3; epoch++) await log.log('b/c', epoch, record(epoch));
    const again = await metricsLog(folder, all);
    await again.log('a', 4, record(4, 7));
    expect(epochs('a')).toEqual(same(1, 2, 3, 4));
    expect(epochs('b/c')).toEqual(same(1, 2, 3));
    expect(scalarsOf(runs('a')).at(-1)).toMatchObject({ step: 4, trainLoss: 7 });
    await again.log('a', 5, record(5));
    await again.log('b/c', 1, record(1));
    expect(epochs('a')).toEqual(same(1, 2, 3, 4, 5));
    expect(epochs('b/c')).toEqual(same(1));
    expect(readdirSync(runs('a'))).toHaveLength(1);
  });

  it('what a kill left of a last line or event is cut off, wherever it ends', async () => {
    const files = () => [
      join(folder, 'metrics.jsonl'),
      join(folder, 'metrics.csv'),
      join(runs('a'), readdirSync(runs('a'))[0]),
    ];
    const log = await metricsLog(folder, all);
    for (let epoch = 1; epoch <= 2; epoch++) await log.log('a', epoch, record(epoch));
    const contents = files().map((file) => readFileSync(file));
    await log.log('a', 3, record(3));
    const longer = files().map((file) => readFileSync(file));
    for (let left = 0; left < 60; left += 7) {
      files().forEach((file, i) => {
        writeFileSync(file, longer[i].subarray(0, contents[i].length + left));
      });
      const next = await metricsLog(folder, all);
      await next.log('a', 3, record(3));
      expect(epochs('a')).toEqual(same(1, 2, 3));
    }
    // Garbage of a power cut.
    files().forEach((file) => {
      appendFileSync(file, new Uint8Array(100));
    });
    const next = await metricsLog(folder, all);
    await next.log('a', 4, record(4));
    expect(epochs('a')).toEqual(same(1, 2, 3, 4));
  });

  it('a process killed at any moment: each file is whole, and the next one goes on', {
    timeout: 60_000,
  }, async () => {
    const program = `
      const { metricsLog } = await import(${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))});
      const log = await metricsLog(process.argv[1], { csv: true, tensorboard: true });
      for (let epoch = Number(process.argv[2]); ; epoch++) {
        await log.log('a', epoch, { loss: 1 / epoch, text: 'x'.repeat(5000) });
        console.log(epoch);
      }
    `;
    let from = 1;
    for (let i = 0; i < 4; i++) {
      await new Promise<void>((settle) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder, String(from)], {
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        let lines = 0;
        child.stdout.on('data', (data) => {
          lines += String(data).split('\n').length - 1;
          // In the midst of what follows the third line, and later ones.
          if (lines >= 3 + i) setTimeout(() => child.kill('SIGKILL'), 3 * i);
        });
        child.on('close', () => settle());
      });
      const log = await metricsLog(folder, all);
      const last = existsSync(join(folder, 'metrics.csv')) ? Number(table().at(-1)?.epoch ?? 0) : 0;
      from = Math.max(1, last - 2);
      await log.log('a', from, { loss: -1 });
      const steps = Array.from({ length: from }, (_, k) => k + 1);
      expect(epochs('a')).toEqual(same(...steps));
      from++;
    }
    expect(from).toBeGreaterThan(5);
  });

  it('what could not be written whole is no part of the file', async () => {
    const log = await metricsLog(folder, { tensorboard: true });
    await log.log('a', 1, record(1));
    const [name] = readdirSync(runs('a'));
    const path = join(runs('a'), name);
    const kept = readFileSync(path);
    rmSync(path);
    await expect(log.log('a', 2, record(2))).rejects.toThrow(DataError);
    await expect(log.log('a', 2, record(2))).rejects.toThrow(
      /has 0 bytes where \d+ were written.*a folder of its own/,
    );
    // What another program appended is not ours to cut off.
    writeFileSync(path, Buffer.concat([kept, kept]));
    await expect(log.log('a', 3, record(3))).rejects.toThrow(/has \d+ bytes where/);
    expect(readFileSync(path).length).toBe(2 * kept.length);
    // What a write left half done is.
    writeFileSync(path, Buffer.concat([kept, kept.subarray(0, 11)]));
    const again = await metricsLog(folder, { tensorboard: true });
    await again.log('a', 3, record(3));
    expect(scalarsOf(runs('a')).map(({ step }) => step)).toEqual([1, 3]);
    truncateSync(path, 10);
    await expect(again.log('a', 4, record(4))).rejects.toThrow(/has 10 bytes/);
  });

  it.runIf(existsSync('/dev/full'))(
    'a full disk is an error, and the log goes on when there is room',
    async () => {
      const log = await metricsLog(folder);
      mkdirSync(folder);
      const path = join(folder, 'metrics.jsonl');
      symlinkSync('/dev/full', path);
      await expect(log.log('a', 1, record(1))).rejects.toThrow(
        /metrics\.jsonl: .*the disk is full\. Free some space/,
      );
      rmSync(path);
      await log.log('a', 2, record(2));
      expect(JSON.parse(text('metrics.jsonl'))).toMatchObject({ training: 'a', epoch: 2 });
    },
  );

  it('pictures and histograms', async () => {
    const log = await metricsLog(folder, { jsonl: false, tensorboard: true });
    await log.log('a', 1, { loss: 1 });
    const png = Uint8Array.from({ length: 200_000 }, (_, i) => i);
    await log.add('a', 1, 'filters', { width: 5, height: 3, png });
    await log.add('a', 1, 'weights', Float32Array.of(-2, -1e-13, 0, 0.5, 0.5, 3e25, Number.NaN));
    await log.add('a', 1, 'nothing', []);
    const values = readEvents(runs('a')).flatMap(({ summary }) => summary?.value ?? []);
    expect(values.map(({ tag }) => tag)).toEqual(['loss', 'filters', 'weights', 'nothing']);
    expect(values[1].image).toEqual({
      width: 5,
      height: 3,
      colorspace: 3,
      encodedImageString: Buffer.from(png),
    });
    const { bucket, bucketLimit, num, min, max } = values[2].histo!;
    expect([num, min, max]).toEqual([6, -2, Math.fround(3e25)]);
    expect(bucket.reduce((sum, n) => sum + n, 0)).toBe(6);
    expect(bucket.length).toBe(bucketLimit.length);
    // Each value in the first bucket whose limit lies above it.
    const limitOf = (value: number) => bucketLimit.findIndex((limit) => value < limit);
    expect(bucket[limitOf(0.5)]).toBe(2);
    expect(bucket[limitOf(-2)]).toBe(1);
    expect(bucket.at(-1)).toBe(1);
    expect(bucketLimit).toEqual([...bucketLimit].sort((a, b) => a - b));
    expect(existsSync(join(folder, 'metrics.jsonl'))).toBe(false);
    await log.log('a', 1, { loss: 2 });
    expect(readEvents(runs('a'))).toHaveLength(2);
  });

  it('steps beyond 32 bits, values that are no numbers, names that need quotes', async () => {
    const log = await metricsLog(folder, all);
    const name = 'a, "b" 肺';
    await log.log(name, 2 ** 40, {
      loss: Number.NaN,
      gain: Number.POSITIVE_INFINITY,
      note: 'text',
      done: true,
      none: null,
    });
    await log.log(name, 2 ** 40 + 1, { loss: 1 });
    const [first, second] = scalarsOf(runs(name));
    expect(first).toEqual({ step: 2 ** 40, loss: Number.NaN, gain: Number.POSITIVE_INFINITY, done: 1 });
    expect(second.step).toBe(2 ** 40 + 1);
    const again = await metricsLog(folder, all);
    await again.log(name, 2 ** 40 + 1, { loss: 2 });
    expect(text('metrics.csv')).toBe(
      `training,epoch,loss,gain,done\n"a, ""b"" 肺",${2 ** 40},NaN,Infinity,1\n"a, ""b"" 肺",${2 ** 40 + 1},2,,\n`,
    );
    let read: string;
    try {
      const program =
        'import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline="", encoding="utf8")))))';
      read = execFileSync('python3', ['-c', program, join(folder, 'metrics.csv')], { encoding: 'utf8' });
    } catch {
      return; // no Python on this machine
    }
    expect(JSON.parse(read)[1]).toEqual([name, String(2 ** 40), 'NaN', 'Infinity', '1']);
  });

  it('calls that do not wait for each other are done in order', async () => {
    const log = await metricsLog(folder, all);
    await Promise.all([1, 2, 3, 4].map((epoch) => log.log('a', epoch, record(epoch))));
    expect(epochs('a')).toEqual(same(1, 2, 3, 4));
  });

  it('refuses what cannot be, in words', async () => {
    const log = await metricsLog(folder);
    expect(() => log.log('../up', 1, {})).toThrow(/'\.\.\/up': has a name that no folder may have/);
    expect(() => log.log('a', 0.5, {})).toThrow(/has no epoch 0\.5/);
    expect(() => log.add('a', 1, 'x', [1])).toThrow(/Pass \{ tensorboard: true \}/);
    // biome-ignore lint/suspicious/noExplicitAny: JavaScript lets it through
    await expect(metricsLog(folder, { tensorbord: true } as any)).rejects.toThrow(/tensorboard/);
    const openFile = () => Promise.reject(new Error('not asked for'));
    await expect(metricsLog(folder, { tensorboard: true, openFile })).rejects.toThrow(
      /TensorBoard reads files/,
    );
    await expect(metricsLog(folder, { openFile })).rejects.toThrow('not asked for');
    await log.log('a', 1, {});
    writeFileSync(join(folder, 'metrics.jsonl'), 'not JSON\n{}\n');
    await expect(metricsLog(folder)).rejects.toThrow(/metrics\.jsonl: line 1 is not JSON/);
    writeFileSync(join(folder, 'metrics.csv'), 'name,age\nx,1\n');
    await expect(metricsLog(folder, { jsonl: false, csv: true })).rejects.toThrow(
      /metrics\.csv: is not a table/,
    );
  });

  it('the reader of this test finds damage', async () => {
    const log = await metricsLog(folder, all);
    await log.log('a', 1, record(1));
    const file = readFileSync(join(runs('a'), readdirSync(runs('a'))[0]));
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] ^= 1;
      expect(() => parseEvents(damaged)).toThrow();
    }
  });
});
