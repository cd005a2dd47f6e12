import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { specOf } from '@glassbox/classifier';
import { phantomDataset, saveDataset } from '@glassbox/medmnist';
import { parseSafetensors } from '@glassbox/nn';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { tasks } from '../../src/tasks/index.ts';
import { codePlaces, recipesOf } from '../../src/tasks/task.ts';
import { protocols } from '../../src/training/recipe.ts';
import { cli, practical, practicalWith, resultsOf, smallData, workFolder } from './support.ts';

const { work, remove } = workFolder();
afterAll(remove);
const files = await smallData(work);
const chest = files[1];

// Each test starts several processes: minutes on a machine that is busy with other work.
describe('npm run practical', { timeout: 300_000 }, () => {
  it('trains every task and leaves results, figures, report and submission', () => {
    const out = join(work, 'all');
    const done = practical(...files, '--out', out);
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    // One notice for both sets, and each training with its place and the time left.
    expect(done.stdout.match(/SYNTHETIC/g)).toHaveLength(1);
    const recipes = recipesOf(tasks, protocols.quick);
    const all = recipes.length + 1;
    for (let n = 1; n <= all; n++) expect(done.stdout).toContain(`training ${n} of ${all}: `);
    expect(done.stdout).toMatch(/training 13 of \d+: .*; about \d+ (s|min) left in all\n/);
    const results = resultsOf(out);
    expect(results.complete).toBe(true);
    const trained = results.rows.map(({ task, variant }) => ({ task, variant }));
    expect(trained).toEqual(recipes.map(({ task, variant }) => ({ task, variant })));
    for (const task of ['1a', '1c', '2', '2a', '2b', '3'])
      expect(trained).toContainEqual({ task, variant: expect.any(String) });
    for (const { kind, md5 } of results.data) {
      expect(kind).toBe('synthetic');
      expect(md5).toMatch(/^[0-9a-f]{32}$/);
    }
    for (const { test, epochs, logOdds } of results.rows) {
      expect(epochs).toBeGreaterThan(0);
      expect(logOdds.test).toHaveLength(40);
      for (const score of ['accuracy', 'auc', 'balancedAccuracy', 'accuracyAtValThreshold'] as const) {
        expect(test[score]).toBeGreaterThanOrEqual(0);
        expect(test[score]).toBeLessThanOrEqual(1);
      }
    }
    // npm run predict knows what its weights are of.
    const weights = readFileSync(join(out, 'checkpoints/2-pneumonia-scratch-seed0.safetensors'));
    expect(specOf(parseSafetensors(weights).metadata, 'weights')).toEqual({
      net: 'practical',
      classes: ['normal', 'pneumonia'],
      size: 28,
      channels: 1,
      seed: 0,
    });
    // Watched by another score, the same training keeps the epoch that is best by it, up to its own end.
    for (const variant of ['1a-scratch', '1c-autoencoder']) {
      const byLoss = results.rows.find((row) => row.variant === variant)!;
      const byAuc = results.rows.find((row) => row.variant === `${variant}-kept-by-auc`)!;
      const shared = Math.min(byLoss.epochs, byAuc.epochs);
      expect(byAuc.history.slice(0, shared)).toEqual(byLoss.history.slice(0, shared));
      const best = (values: number[], pick: (...all: number[]) => number) =>
        values.indexOf(pick(...values)) + 1;
      expect(byLoss.bestEpoch).toBe(
        best(
          byLoss.history.map(({ valLoss }) => valLoss),
          Math.min,
        ),
      );
      expect(byAuc.bestEpoch).toBe(
        best(
          byAuc.history.map(({ valAuc }) => valAuc!),
          Math.max,
        ),
      );
      expect(byAuc.val.auc).toBeCloseTo(byAuc.history[byAuc.bestEpoch - 1].valAuc!, 6);
    }
    // A frozen encoder trains its head alone: 512 weights for each of two classes, and two biases.
    const frozen = results.rows.find(({ variant }) => variant === '2a-frozen-bn-eval');
    expect(frozen?.training.trainableParameters).toBe(1026);
    expect(results.embeddings.length).toBeGreaterThan(8);
    expect(results.autoencoders).toHaveLength(1);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Synthetic data');
    const zip = unzipSync(readFileSync(join(out, 'submission.zip')));
    expect(Object.keys(zip)).toContain('report.html');
    // Beside the answers lies the code that they link to, and each line is what the link says.
    const answers = readFileSync(join(out, 'answers.html'), 'utf8');
    const links = [...answers.matchAll(/href="(code\/[^"#]+)#L(\d+)"/g)];
    expect(links.length).toBeGreaterThan(15);
    const says = codePlaces(tasks).map((place) => place.says);
    for (const [, file, line] of links) {
      const text = readFileSync(join(out, file), 'utf8').split('\n')[Number(line) - 1].trim();
      expect(
        says.some((start) => text.startsWith(start)),
        `${file}:${line}: ${text}`,
      ).toBe(true);
      expect(Object.keys(zip)).toContain(file);
    }
    expect(results.testImages?.chest?.rows).toHaveLength(40);
    for (const { net } of results.embeddings) expect(net?.name).toEqual(expect.any(String));
    expect(Object.keys(zip).some((name) => name.startsWith('code/packages/wgsl-kernels/src/'))).toBe(true);
    // Nothing that may be handed on names a folder of this machine.
    const root = join(import.meta.dirname, '../../../..');
    const written = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.zip'))
      .map((entry): [string, Uint8Array] => {
        const path = join(entry.parentPath, entry.name);
        return [path, readFileSync(path)];
      });
    expect(written.length).toBeGreaterThan(40);
    for (const [name, bytes] of [...written, ...Object.entries(zip)]) {
      const text = Buffer.from(bytes).toString('latin1');
      for (const place of [work, root, process.cwd()]) {
        expect(text.includes(place), `${name} names ${place}`).toBe(false);
      }
    }
    expect(results.command).toContain('--chest …/chest.npz');
  });

  it('stops after Ctrl-C with a readable folder and says how to go on', async () => {
    const out = join(work, 'stopped');
    const { code, stdout } = await interrupted(['1a', ...files, '--out', out]);
    expect(code).toBe(130);
    expect(stdout).toContain(`--resume ${out}`);
    expect(resultsOf(out).complete).toBe(false);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('</html>');
    // Moved, with the data elsewhere: it says what is missing, and goes on; its record keeps the command that began it.
    const moved = join(work, 'moved', 'deep');
    mkdirSync(join(work, 'moved'));
    renameSync(out, moved);
    const lost = practical('--resume', moved);
    expect(lost.status).toBe(2);
    expect(lost.stderr).toContain(`chest.npz is not there any more; say where it is`);
    const done = practical('--resume', moved, ...files);
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    const { command, complete, resumed } = resultsOf(moved);
    expect({ complete, resumed }).toEqual({ complete: true, resumed: true });
    expect(command).toMatch(/^npm run practical -- 1a --chest …\/chest\.npz/);
  });

  it('takes phantoms where real data can neither be found nor fetched, and says so', () => {
    const home = join(work, 'home');
    const out = join(work, 'phantoms');
    const insisted = practicalWith({ MEDMNIST_ROOT: home }, '1a', '--download', '--out', out);
    expect(insisted.status).toBe(1);
    expect(insisted.stderr).toContain('could not be downloaded in 2 tries');
    const done = practicalWith({ MEDMNIST_ROOT: home }, '1a', '--out', `${out}-2`);
    expect(done.stdout.match(/Until then phantoms stand in/g)).toHaveLength(1);
    expect(done.stdout.match(/could not be downloaded/g)).toHaveLength(1);
    expect(done.stdout.match(/SYNTHETIC/g)).toHaveLength(1);
    expect(done.stderr).not.toContain('0 bytes');
    expect(resultsOf(`${out}-2`).data.map(({ kind }) => kind)).toEqual(['synthetic', 'synthetic']);
  });

  it('does not take phantoms instead of a damaged file', () => {
    const home = join(work, 'damaged');
    mkdirSync(home);
    writeFileSync(join(home, 'pneumoniamnist.npz'), 'not what was published');
    const done = practicalWith({ MEDMNIST_ROOT: home }, '1a', '--chest', chest, '--out', join(work, 'never'));
    expect(done.status).toBe(1);
    expect(done.stderr).toContain('is not the published file');
  });

  it.each([
    [['9z'], 'Unknown task 9z: expected 1a 1b'],
    [['--frobnicate'], '--frobnicate'],
    [['--seeds', 'many'], '--seeds many: expected a whole number'],
    [['--device', 'abacus'], '--device abacus: expected auto | webgpu | wasm'],
    [['--out', '/dev/null/run'], 'choose another folder with --out'],
    [['--resume', join(work, 'nowhere')], 'config.json is missing'],
    [['--data', work], 'chestmnist.npz'],
    [['--chest', cli], 'is not a zip file'],
  ])('refuses %j in one clear line', (args, message) => {
    const done = practical(
      ...args,
      ...(args.includes('--out') ? [] : ['--out', join(work, `bad-${args[0]}`)]),
    );
    expect(done.status).not.toBe(0);
    expect(done.stderr).toContain(message);
    expect(done.stderr).not.toContain('    at ');
  });

  it('refuses to resume on other data', async () => {
    const out = join(work, 'all');
    await saveDataset(
      chest,
      phantomDataset({ domain: 'chest', counts: { train: 320, val: 60, test: 40 }, seed: 4 }),
    );
    const done = practical('--resume', out);
    expect(done.status).toBe(2);
    expect(done.stderr).toContain('The chest data have changed since the run began');
  });
});

/** Sends Ctrl-C once the first epoch is logged. */
function interrupted(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    let sent = false;
    child.stdout.on('data', (data) => {
      stdout += data;
      if (!sent && stdout.includes('folder ')) {
        sent = true;
        child.kill('SIGINT');
      }
    });
    child.on('exit', (code) => settle({ code, stdout }));
  });
}
