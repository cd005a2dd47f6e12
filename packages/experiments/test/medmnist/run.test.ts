import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { specOf } from '@glassbox/classifier';
import { UsageError } from '@glassbox/host/command-line';
import {
  datasetInfo,
  datasetUrl,
  loadDataset,
  parsePredictions,
  type SplitName,
  saveDataset,
} from '@glassbox/medmnist';
import { medmnistScores } from '@glassbox/metrics';
import { readSafetensors } from '@glassbox/nn';
import { Runtime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { benchmark, cli, counts, repeatable, resultsOf, smallSet, writeSets } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-medmnist-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const data = join(work, 'data');
const kinds = ['breastmnist', 'bloodmnist', 'retinamnist', 'chestmnist'] as const;
await writeSets(data, kinds);
const common = ['--data', data, '--net', 'practical', '--epochs', '4'];

/** Every kind of task, once, for several tests. */
const whole = join(work, 'whole');
const outcome = await benchmark([...kinds, ...common, '--out', whole]);

describe('the official protocol', () => {
  it.each(kinds)('on %s keeps the epoch with the highest validation AUC, and the last one', async (set) => {
    const cell = outcome.results.cells.find((one) => one.set === set)!;
    const aucs = cell.history.map(({ valAuc }) => valAuc!);
    expect(cell.bestEpoch).toBe(1 + aucs.indexOf(Math.max(...aucs)));
    // The scores of the files are those that chose.
    expect(cell.kept.best!.val.scores.auc).toBe(Math.max(...aucs));
    expect(cell.kept.last!.val.scores.auc).toBe(aucs.at(-1));
    expect(cell.history.map(({ learningRate }) => learningRate)).toEqual([
      1e-3,
      1e-3,
      expect.closeTo(1e-4, 12),
      expect.closeTo(1e-5, 12),
    ]);
    expect(cell.history.at(-1)!.trainLoss).toBeLessThan(cell.history[0].trainLoss);
    // Two batches in an epoch: the last one has 22 images, and is kept.
    const { tensors, metadata } = await readSafetensors(join(whole, 'checkpoints', `${cell.id}.safetensors`));
    const tracked = [...tensors].find(([name]) => name.endsWith('num_batches_tracked'))![1];
    expect(Number(tracked.data[0])).toBe(Math.ceil(counts.train / 128) * cell.bestEpoch);
    // npm run predict takes it, where an image has one class.
    expect(metadata.has('classifier')).toBe(set !== 'chestmnist');
    if (set !== 'chestmnist') expect(specOf(metadata, cell.id).classes).toEqual(datasetInfo(set).labels);
  });

  it('keeps another epoch than the last one in some of these runs', () => {
    expect(outcome.results.cells.some(({ bestEpoch, history }) => bestEpoch < history.length)).toBe(true);
  });

  it('holds nothing of a net when the next one is made: two large ones may not fit', async () => {
    const collect = Runtime.prototype.collectGarbage;
    const held: number[] = [];
    vi.spyOn(Runtime.prototype, 'collectGarbage').mockImplementation(async function (this: Runtime) {
      await collect.call(this);
      held.push(this.device.memory.bytes);
    });
    const nets = ['--net', 'medmnist,practical', '--seeds', '2', '--epochs', '1'];
    await benchmark(['breastmnist', '--data', data, ...nets, '--out', join(work, 'nets')]);
    vi.restoreAllMocks();
    const [before, images, ...later] = held;
    expect(before).toBe(0);
    expect(images).toBeGreaterThan(0);
    expect(later).toEqual([images, images]);
  });

  it.each(kinds)('on %s scores what its files of predictions hold', async (set) => {
    const { task, splits, labelNames } = await loadDataset({ file: join(data, `${set}.npz`), name: set });
    const cell = outcome.results.cells.find((one) => one.set === set)!;
    for (const kept of ['best', 'last'] as const) {
      for (const split of ['train', 'val', 'test'] as const satisfies readonly SplitName[]) {
        const { file, scores } = cell.kept[kept]![split];
        const read = parsePredictions(readFileSync(join(whole, file), 'utf8'), file);
        expect(read).toMatchObject({ width: labelNames.length, count: counts[split] });
        const scored = { task, probabilities: read.scores, width: read.width, labels: splits[split].labels };
        const again = medmnistScores(scored);
        expect([again.auc, again.accuracy]).toEqual([scores.auc, scores.accuracy]);
        const digits = `[AUC]${again.auc.toFixed(3)}_[ACC]${again.accuracy.toFixed(3)}@practical-28-seed0-${kept}.csv`;
        expect(file).toBe(`predictions/${set}_${split}_${digits}`);
      }
    }
    const [low, high] = cell.kept.best!.test.intervals!.auc!;
    expect(low).toBeLessThan(cell.kept.best!.test.scores.auc!);
    expect(high).toBeGreaterThan(cell.kept.best!.test.scores.auc!);
  });

  it('writes results of a version, figures, and a report of one page', () => {
    expect(resultsOf(whole)).toEqual(JSON.parse(JSON.stringify(outcome.results)));
    expect(outcome.results).toMatchObject({ kind: 'medmnist', version: 1, complete: true, command: 'test' });
    const report = readFileSync(join(whole, 'report.html'), 'utf8');
    expect(report).not.toMatch(/NaN|undefined|null|src="http|href="http/);
    for (const text of [
      'last epoch',
      'until May 2023',
      'not a published file',
      'ECE',
      'ROC curves of the findings',
    ]) {
      expect(report).toContain(text);
    }
    for (const { id } of outcome.results.cells) expect(report).toContain(`<section id="${id}">`);
    const drawn = readdirSync(join(whole, 'figures'));
    for (const figure of ['curves', 'roc', 'calibration', 'mistakes']) {
      expect(drawn.filter((name) => name.endsWith(`${figure}.png`))).toHaveLength(kinds.length);
    }
    expect(drawn.filter((name) => name.endsWith('confusion.svg'))).toHaveLength(3);
  });

  it('a folder with a finished run is not written over, and can be opened again', async () => {
    await expect(benchmark(['--out', whole, ...common])).rejects.toThrow(
      /holds a run already; go on with it by --resume/,
    );
    const before = repeatable(whole);
    await benchmark(['--resume', whole]);
    expect(repeatable(whole)).toEqual(before);
  });
});

describe('interrupted', () => {
  const args = ['breastmnist', ...common, '--seeds', '2'];
  const straight = join(work, 'straight');

  it('at any epoch and between trainings, goes on to the same bits', async () => {
    await benchmark([...args, '--out', straight]);
    const out = join(work, 'stopped');
    let next = ['--out', out, ...args];
    let complete = false;
    for (let times = 0; !complete; times++) {
      const abort = new AbortController();
      let epochs = 0;
      const note = (line: string) => {
        if (/epoch \d/.test(line) && ++epochs === 3) abort.abort();
      };
      const { results } = await benchmark(next, { signal: abort.signal, note });
      complete = results.complete;
      if (!complete)
        expect(results.warnings.join()).toMatch(/Interrupted during .*mnist-practical-28-seed\d/);
      expect(times).toBeLessThan(12);
      next = ['--resume', out];
    }
    expect(repeatable(out)).toEqual(repeatable(straight));
  });

  it('by a kill, goes on to the same bits; Ctrl-C says how', { timeout: 100_000 }, async () => {
    const out = join(work, 'killed');
    const cache = join(import.meta.dirname, '../../../../node_modules/.cache/node');
    const env = { ...process.env, NODE_COMPILE_CACHE: cache };
    /** Runs until a text is printed, then sends a signal. */
    const until = (text: string, signal: 'SIGINT' | 'SIGKILL', ...options: string[]) =>
      new Promise<{ stdout: string; stderr: string; code: number | null }>((settle) => {
        const child = spawn(process.execPath, [cli, '--device', 'wasm', ...options], { env });
        const said = { stdout: '', stderr: '' };
        let sent = false;
        child.stderr.on('data', (piece) => {
          said.stderr += piece;
        });
        child.stdout.on('data', (piece) => {
          said.stdout += piece;
          if (sent || !said.stdout.includes(text)) return;
          sent = true;
          child.kill(signal);
        });
        child.on('close', (code) => settle({ ...said, code }));
      });
    const killed = await until('seed0, epoch 2', 'SIGKILL', '--out', out, ...args);
    expect(killed.code).toBeNull();
    const stopped = await until('epoch 3', 'SIGINT', '--resume', out);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('Stopping after this step; press Ctrl-C again to stop at once.');
    expect(stopped.stdout).toContain(`Go on with: npm run medmnist -- --resume ${out}`);
    const done = spawnSync(process.execPath, [cli, '--resume', out], { env, encoding: 'utf8' });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toContain('Report: ');
    expect(repeatable(out)).toEqual(repeatable(straight));
  });

  it('does not go on with other files', async () => {
    const other = join(work, 'other');
    mkdirSync(other);
    await saveDataset(
      join(other, 'breastmnist.npz'),
      smallSet('breastmnist', 28, { train: 30, val: 20, test: 20 }),
    );
    await expect(benchmark(['--resume', straight, '--data', other])).rejects.toThrow(
      /breastmnist \(28 pixels\) has changed since the run began \(MD5 [0-9a-f]{32}, now/,
    );
  });
});

describe('the plus protocol', () => {
  const few = { train: 14, val: 6, test: 8 };
  const out = join(work, 'plus');

  it('trains all layers, the last one alone, and lets neighbours vote', { timeout: 100_000 }, async () => {
    const folder = join(work, 'plus-data');
    mkdirSync(folder);
    await saveDataset(join(folder, 'pneumoniamnist_64.npz'), smallSet('pneumoniamnist', 64, few));
    const args = [
      'pneumoniamnist',
      '--protocol',
      'plus',
      '--net',
      'practical',
      '--epochs',
      '2',
      '--data',
      folder,
    ];
    const { results } = await benchmark([...args, '--out', out]);
    const [all, probe, knn] = results.cells;
    expect([all.mode, probe.mode, knn.mode]).toEqual(['end-to-end', 'linear-probe', 'knn']);
    expect(all.trainableParameters).toBe(all.parameters);
    expect(probe.trainableParameters).toBeLessThan(all.parameters / 2);
    expect(probe.start).toContain('trained end to end on pneumoniamnist');
    expect(knn).toMatchObject({ history: [], trainableParameters: 0, stopReason: 'none' });
    expect(knn.kept.best!.test.file).toContain('pneumoniamnist_64_test_');
    const weights = async (id: string) =>
      (await readSafetensors(join(out, 'checkpoints', `${id}.safetensors`))).tensors;
    const [before, after] = [await weights(all.id), await weights(probe.id)];
    const changed = [...after].filter(([name, { data }]) => String(data) !== String(before.get(name)!.data));
    // The encoder's weights stay; its batch norm goes on with its statistics.
    for (const [name] of changed) expect(name).toMatch(/^fc\.|running_|num_batches/);
    expect(changed.some(([name]) => name.includes('running_mean'))).toBe(true);
    // Grey images are three channels.
    expect([...before].find(([name]) => name === 'conv1.weight')![1].shape[1]).toBe(3);
    const ways = results.summaries.map(({ kept, mode }) => `${kept} ${mode}`);
    expect(ways).toEqual(['best end-to-end', 'best linear-probe', 'best knn']);

    const given = join(out, 'checkpoints', `${all.id}.safetensors`);
    const again = join(work, 'plus-again');
    const begun = await benchmark([...args, '--mode', 'knn', '--weights', given, '--out', again]);
    expect(begun.results.cells[0].kept.best!.test.scores).toEqual(knn.kept.best!.test.scores);
    expect(begun.results.cells[0].start).toContain('--weights');
    await expect(
      benchmark([...args, '--net', 'medmnist', '--weights', given, '--out', join(work, 'wrong')]),
    ).rejects.toThrow(/these weights are not those of medmnist: \d+ of \d+ are missing/);
  });
});

describe('what cannot be used', () => {
  const run = (...args: string[]) => benchmark([...args, '--out', join(work, 'bad')]);

  it('a missing file: where it is published, and its MD5', async () => {
    await expect(run('dermamnist', '--data', data)).rejects.toThrow(UsageError);
    await expect(run('dermamnist', '--data', data)).rejects.toThrow(
      `It is published at ${datasetUrl('dermamnist')}, with MD5 0744692d530f8e62ec473284d019b0c7.`,
    );
  });

  it('another size, another set, no npz', async () => {
    const small = join(data, 'breastmnist.npz');
    await expect(run(small, '--size', '64')).rejects.toThrow(
      /holds images of 28 pixels, not of 64.*Say --size 28/s,
    );
    writeFileSync(join(work, 'broken.npz'), 'PK');
    await expect(run(join(work, 'broken.npz'))).rejects.toThrow(/broken.npz/);
  });

  it('validation images of one class alone', async () => {
    const set = smallSet('breastmnist', 28, { train: 20, val: 5, test: 5 });
    set.splits.val.labels.fill(1);
    const file = join(work, 'one-class.npz');
    await saveDataset(file, set);
    await expect(run(file, '--net', 'practical')).rejects.toThrow(
      /all validation images have the same label, so that no epoch has a validation AUC/,
    );
  });

  it('a finding that no test image has is left out, and said', async () => {
    const set = smallSet('chestmnist');
    for (let at = 13; at < set.splits.test.labels.length; at += 14) set.splits.test.labels[at] = 0;
    const file = join(work, 'chestmnist-rare.npz');
    await saveDataset(file, set);
    const { results } = await benchmark([file, '--net=practical', '--epochs=1', '--out', join(work, 'rare')]);
    expect(results.warnings.join()).toContain(
      'in test no image or every image has hernia; the AUC is the mean of the others',
    );
    expect(results.cells[0].kept.best!.test.scores.undefinedAuc).toEqual([13]);
    expect(results.cells[0].kept.best!.test.file).toContain('chestmnist-rare_test_');
    expect(readFileSync(join(work, 'rare', 'report.html'), 'utf8')).toContain(
      'The AUC is the mean without hernia',
    );
  });

  it('a folder that holds no run, or a config that somebody wrote', async () => {
    await expect(benchmark(['--resume', data])).rejects.toThrow(/holds no run to go on with/);
    writeFileSync(join(data, 'config.json'), '{"kind":"own-images"}');
    await expect(benchmark(['--resume', data])).rejects.toThrow(/holds no run of npm run medmnist/);
    writeFileSync(join(data, 'config.json'), '{"kind":"medmnist","args":["--net=x"],"files":[]}');
    await expect(benchmark(['--resume', data])).rejects.toThrow(/--net x: expected/);
    rmSync(join(data, 'config.json'));
  });
});
