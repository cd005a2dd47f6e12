import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '@glassbox/host/command-line';
import { evaluateClasses } from '@glassbox/metrics';
import { parseSafetensors } from '@glassbox/nn';
import { chromium as playwright } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { chromium, chromiumFlags } from '../../../tensor-core/test/browser/chromium.ts';
import { augmentationNames } from '../../src/own-images/augment.ts';
import { parseTrainOptions } from '../../src/own-images/options.ts';
import { predictFiles } from '../../src/own-images/predict.ts';
import { parsePredictOptions } from '../../src/own-images/predict-options.ts';
import type { OwnResults } from '../../src/own-images/results.ts';
import { trainOnImages } from '../../src/own-images/run.ts';
import { cutElements, scrollers, smallText, violations } from '../browser/checks.ts';
import { pngFolder, predictCli, put, trainCli } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-own-images-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const images = join(work, 'images');
const names = pngFolder(images);

// As scripts/run.mjs: sources once stripped are kept.
const cache = join(import.meta.dirname, '../../../../node_modules/.cache/node');
const env = { ...process.env, NODE_COMPILE_CACHE: cache };
const runIn = (cwd: string, cli: string, ...args: string[]) => {
  const options = { encoding: 'utf8', timeout: 100_000, cwd, env } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], options);
  return { status, stdout, stderr };
};
const run = (cli: string, ...args: string[]) => runIn(work, cli, ...args);
/** Trains until a text is printed, then sends a signal. @returns what was printed, and how it ended */
const trainUntil = (text: string, signal: 'SIGINT' | 'SIGKILL', ...args: string[]) =>
  new Promise<{ stdout: string; code: number | null }>((settle) => {
    const child = spawn(process.execPath, [trainCli, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env });
    let stdout = '';
    let sent = false;
    child.stdout.on('data', (data) => {
      stdout += data;
      if (sent || !stdout.includes(text)) return;
      sent = true;
      child.kill(signal);
    });
    child.on('close', (code) => settle({ stdout, code }));
  });
/** Trains in this process. */
const train = (...args: string[]) =>
  trainOnImages(parseTrainOptions(args), { signal: new AbortController().signal, note: () => {} }, 'test');
const results = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as OwnResults;
/** What a run gives again: all but times. */
const repeatable = (folder: string) => {
  const { startedAt: _, durationSeconds: __, trainSeconds: ___, command: ____, ...same } = results(folder);
  return same;
};
const weights = (folder: string) => readFileSync(join(folder, 'classifier.safetensors'));

const whole = join(work, 'whole');
const options = [
  '--images',
  images,
  '--epochs',
  '40',
  '--patience',
  '40',
  '--batch',
  '16',
  '--augment',
  'shift,contrast,noise',
  '--device',
  'wasm',
];
const first = run(trainCli, ...options, '--out', whole);

describe('npm run train', () => {
  it('trains, judges and writes everything', () => {
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/normal +\d+ +\d+ +\d+\n/);
    expect(first.stdout).toMatch(/test AUC +[\d.]+ \(95 %: /);
    expect(readdirSync(whole).sort()).toEqual([
      'checkpoints',
      'classifier.safetensors',
      'config.json',
      'figures',
      'metrics.csv',
      'metrics.jsonl',
      'report.html',
      'results.json',
      'tensorboard',
    ]);
    expect(readdirSync(join(whole, 'checkpoints'))).toEqual([]);
    const { classes, test, answers, history, data } = results(whole);
    expect(classes).toEqual(['normal', 'pneumonia']);
    expect(data.drawn).toEqual(['val', 'test']);
    expect(history).toHaveLength(40);
    expect(answers.every(({ name, label }) => name.startsWith(`${classes[label]}/`))).toBe(true);
    // The scores are those of what the file keeps.
    const logits = answers.flatMap((answer) => answer.logits);
    const labels = answers.map(({ label }) => label);
    expect(JSON.parse(JSON.stringify(evaluateClasses({ logits, width: 2, labels })))).toEqual(test);
    const metadata = JSON.parse(parseSafetensors(weights(whole)).metadata.get('classifier')!);
    expect(metadata).toMatchObject({
      net: 'practical',
      classes,
      size: 28,
      channels: 1,
      mean: 0.5,
      std: 0.5,
      seed: 0,
    });
    const kept =
      readFileSync(join(whole, 'config.json'), 'utf8') + readFileSync(join(whole, 'report.html'), 'utf8');
    expect(kept).not.toContain(work);
  });

  it('interrupted, killed and resumed, elsewhere too, gives the same bits', async () => {
    const broken = join(work, 'broken');
    const interrupted = await trainUntil('epoch 3 of', 'SIGINT', ...options, '--out', broken);
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toContain(`Go on with: npm run train -- --resume ${broken}\n`);
    expect((await trainUntil('epoch 9 of', 'SIGKILL', '--resume', broken)).code).toBe(null);
    expect(existsSync(join(broken, 'results.json'))).toBe(false);
    const moved = join(work, 'moved');
    renameSync(broken, join(work, 'elsewhere'));
    cpSync(images, moved, { recursive: true });
    const resumed = run(trainCli, '--resume', join(work, 'elsewhere'), '--images', moved);
    expect(resumed).toMatchObject({ status: 0, stderr: '' });
    expect(resumed.stdout).not.toContain('epoch 1 of');
    const { data: otherData, ...other } = repeatable(join(work, 'elsewhere'));
    const { data, ...same } = repeatable(whole);
    expect(other).toEqual(same);
    expect(otherData).toEqual({ ...data, name: 'moved' });
    const tensors = (folder: string) => parseSafetensors(weights(folder)).tensors;
    expect(tensors(join(work, 'elsewhere'))).toEqual(tensors(whole));
    await expect(train('--resume', join(work, 'elsewhere'))).rejects.toThrow('is finished: its report is');
  });

  it('three classes of coloured pictures from a table, with all options', () => {
    const folder = join(work, 'table');
    const lines = names.slice(0, 45).map((name, n) => {
      cpSync(join(images, name), join(folder, `${n}.png`));
      return `${n}.png,${['red', '<b>&amp;', 'bl\u0007ue'][n % 3]},patient ${n % 15}`;
    });
    put(join(folder, 'list.csv'), `path,label,patient\n${lines.join('\n')}\n`);
    const out = join(work, 'three');
    const args =
      '--net medmnist --size 16 --channels rgb --epochs 2 --optimizer sgd --class-weights balanced --seed 7 ' +
      `--augment ${augmentationNames.join(',')}`;
    const { status, stderr } = run(
      trainCli,
      '--csv',
      join(folder, 'list.csv'),
      ...args.split(' '),
      '--out',
      out,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { classes, data, channels, size, test, training } = results(out);
    expect(training.augment).toEqual(augmentationNames);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('rotate: by up to 10 degrees');
    expect({ classes, channels, size, grouped: data.grouped }).toEqual({
      classes: ['<b>&amp;', 'bl\u0007ue', 'red'],
      channels: 3,
      size: 16,
      grouped: true,
    });
    expect(test.scores.confusion).toHaveLength(3);
  });

  it('refuses a folder that holds a run, one that holds none, and images that have changed', async () => {
    await expect(train('--images', images, '--out', whole)).rejects.toThrow('holds a run already');
    await expect(train('--resume', images)).rejects.toThrow('holds no run to go on with');
    put(join(work, 'begun/config.json'), readFileSync(join(whole, 'config.json')));
    pngFolder(join(work, 'others'), 60, 5);
    const changed = train('--resume', join(work, 'begun'), '--images', join(work, 'others'));
    await expect(changed).rejects.toThrow('The images have changed');
  });

  it('names files that cannot be read, and leaves them out if asked', async () => {
    const folder = join(work, 'damaged');
    cpSync(images, folder, { recursive: true });
    put(join(folder, 'normal/zz.png'), readFileSync(join(folder, names[0])).subarray(0, 100));
    await expect(train('--images', folder, '--out', join(work, 'refused'))).rejects.toThrow(
      /^1 of 61 files cannot be read:\n.*zz\.png: is no whole PNG file/,
    );
    expect(existsSync(join(work, 'refused'))).toBe(false);
    const out = join(work, 'skipped');
    await train('--images', folder, '--epochs', '1', '--skip-unreadable', '--out', out, '--device', 'wasm');
    expect(results(out).data.unreadable).toHaveLength(1);
  });

  it.runIf(chromium)(
    'its report: no violation of accessibility, nothing too small, nothing cut',
    async () => {
      const browser = await playwright.launch({
        executablePath: chromium,
        args: chromiumFlags,
        ignoreDefaultArgs: ['--hide-scrollbars'],
      });
      for (const [folder, width, colorScheme] of [
        [whole, 1280, 'dark'],
        [join(work, 'three'), 360, 'light'],
      ] as const) {
        const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme, ...phone });
        await page.goto(pathToFileURL(join(folder, 'report.html')).href);
        expect(await smallText(page, 11)).toEqual([]);
        expect(await cutElements(page)).toEqual([]);
        for (const { name, bar, focusable } of await scrollers(page)) {
          expect({ name, bar: bar >= 8, focusable }).toEqual({ name, bar: true, focusable: true });
        }
        expect(await violations(page)).toEqual([]);
      }
      await browser.close();
    },
  );
});

describe('npm run predict', () => {
  const answered = results(whole).answers;
  const files = answered.map(({ name }) => join(images, name));

  it('gives the answers of the training for the test images', () => {
    const { status, stdout, stderr } = run(predictCli, whole, ...files, '--json', '--device', 'wasm');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { classes, answers } = JSON.parse(stdout);
    expect(classes).toEqual(['normal', 'pneumonia']);
    answered.forEach(({ logits }, n) => {
      expect(answers[n].image).toBe(files[n]);
      const wanted = 1 / (1 + Math.exp(logits[0] - logits[1]));
      expect(answers[n].probabilities[1]).toMatchObject({ class: 'pneumonia' });
      expect(answers[n].probabilities[1].probability).toBeCloseTo(wanted, 5);
      expect(answers[n].class).toBe(wanted > 0.5 ? 'pneumonia' : 'normal');
    });
  });

  it('prints tables for people and for programs; folders; the most probable classes', () => {
    const checkpoint = join(whole, 'classifier.safetensors');
    const { stdout } = run(predictCli, checkpoint, images);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^image +class +normal +pneumonia$/);
    expect(lines).toHaveLength(1 + names.length);
    const csv = run(predictCli, checkpoint, files[0], '--csv', '--top', '1').stdout;
    expect(csv).toMatch(/^image,class,class 1,probability 1\n.*\.png,(normal|pneumonia),\1,[01]\.\d{6}\n$/);
  });

  it('answers what can be read, names the rest, and says so by its status', () => {
    const { status, stdout, stderr } = run(
      predictCli,
      whole,
      files[0],
      join(whole, 'config.json'),
      '/nowhere.png',
    );
    expect(status).toBe(1);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('config.json: is neither PNG nor JPEG nor DICOM');
    expect(stderr).toContain('/nowhere.png: cannot be read (ENOENT)');
  });

  it.each([
    ['a checkpoint that is none', [files[0], files[0]], 'is not a safetensors file'],
    ['a run that is not finished', [images, files[0]], 'has no classifier.safetensors'],
  ])('refuses %s', async (_, args, message) => {
    const output = { out: () => {}, err: () => {} };
    const refused = predictFiles(parsePredictOptions([...args, '--device', 'wasm']), output);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('docs/your-own-images.md', () => {
  const root = join(import.meta.dirname, '../../../..');
  const page = readFileSync(join(root, 'docs/your-own-images.md'), 'utf8');
  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block.trim().split('\n'),
  );
  const clis: Readonly<Record<string, string>> = { train: trainCli, predict: predictCli };
  const here = join(work, 'tutorial');
  pngFolder(join(here, 'my-images'));
  for (const name of ['new.png', 'new-images/1.png'])
    put(join(here, name), readFileSync(join(images, names[0])));
  const rows = names.map((name, n) => `my-images/${name},${n % 2 ? 'ill' : 'healthy'},patient ${n % 20}`);
  put(join(here, 'patients.csv'), `path,label,patient\n${rows.join('\n')}\n`);

  it('has commands', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)('%s', (line) => {
    const [, name, args] = /^npm run (train|predict) -- (.*)$/.exec(line)!;
    const { status, stdout, stderr } = runIn(here, clis[name], ...args.split(' '));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(name === 'train' ? 'Report: runs/' : 'image');
  });

  it('shows examples/predict.ts, which gives the same answers', () => {
    const program = join(root, 'examples/predict.ts');
    const [, shown] = page.match(/```ts\n([\s\S]*?)```/)!;
    expect(readFileSync(program, 'utf8')).toContain(shown);
    const [checkpoint, image] = [join(here, 'runs/mine/classifier.safetensors'), join(here, 'new.png')];
    const { status, stdout } = run(program, checkpoint, image);
    expect(status).toBe(0);
    const [answer] = JSON.parse(run(predictCli, checkpoint, image, '--json').stdout).answers;
    const percent = answer.probabilities.map(
      (one: { class: string; probability: number }) => `${one.class} ${(100 * one.probability).toFixed(1)} %`,
    );
    expect(stdout).toBe(`${join(here, 'new.png')}: ${answer.class} (${percent.join(', ')})\n`);
  });
});
