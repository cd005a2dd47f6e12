/**
 * A run that never was, consistent in itself (scores come from log-odds, separations from points), to drive figures and
 * report in tests. Nothing outside the tests may import it.
 */

import { evaluateRow, psnr, random, ssim } from '@glassbox/metrics';
import { compareEmbeddings, describeEmbedding } from '../../src/embedding/index.ts';
import { packImages } from '../../src/report/images.ts';
import {
  type AutoencoderResult,
  emptyResults,
  type LoggedEpoch,
  type ResultRow,
  type RunResults,
  type Target,
} from '../../src/report/results.ts';
import { tasks as everyTask } from '../../src/tasks/index.ts';
import { recipesOf, type Task } from '../../src/tasks/task.ts';
import { protocols } from '../../src/training/recipe.ts';

export interface FakeOptions {
  tasks?: readonly string[];
  seeds?: number;
  synthetic?: boolean;
  /** Points embedded and iterations of t-SNE: small in tests. */
  points?: number;
  iterations?: number;
  /** Distance of the classes' mean log-odds by variant: larger is a better net. */
  skill?: Readonly<Record<string, number>>;
  /** Test images per target. */
  testImages?: Partial<Record<Target, number>>;
}

/** Skill and epochs of the recipes that it has: the distance of the classes' mean log-odds, larger for a better net. */
const FAKED: Readonly<Record<string, readonly [skill: number, epochs: number]>> = {
  '1a-scratch': [0.4, 18],
  '1c-autoencoder': [0.7, 23],
  '2-chest-all': [0.65, 24],
  '2-pneumonia-scratch': [2.3, 22],
  '2a-frozen-bn-eval': [1.8, 60],
  '2a-frozen-bn-reestimated': [2.0, 50],
  '2b-trainable': [2.3, 21],
  '3-linear-probe-fine-tune': [2.35, 27],
  '3-gradual-unfreezing': [2.3, 30],
  '3-discriminative-rates': [2.25, 25],
};
const RECIPES = recipesOf(everyTask, protocols.full).flatMap(({ task, variant, name, target }) => {
  if (!FAKED[variant]) return [];
  const [skill, epochs] = FAKED[variant];
  return [{ task, variant, name, target, skill, epochs }];
});

/** The tasks that it can stand for: those whose recipes are above, and those that train nothing. */
export const fakedTasks: readonly Task[] = everyTask.filter((task) => {
  const own = recipesOf([task], protocols.full);
  return own.length === 0 || own.some(({ variant }) => FAKED[variant]);
});

const FINDINGS: [string, number][] = [
  ['atelectasis', 0.1],
  ['cardiomegaly', 0.025],
  ['effusion', 0.12],
  ['infiltration', 0.18],
  ['mass', 0.05],
  ['nodule', 0.06],
  ['pneumonia', 0.012],
  ['pneumothorax', 0.05],
  ['consolidation', 0.04],
  ['edema', 0.02],
  ['emphysema', 0.022],
  ['fibrosis', 0.015],
  ['pleural', 0.03],
  ['hernia', 0.002],
];

export function fakeRun(options: FakeOptions = {}): RunResults {
  const { seeds: count = 3, synthetic = false, points = 120, iterations = 120 } = options;
  const tasks = options.tasks ?? fakedTasks.map(({ id }) => id);
  const rng = random(99);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(rng.next() + 1e-12)) * Math.cos(2 * Math.PI * rng.next());
  const seeds = Array.from({ length: count }, (_, i) => i);
  const results = emptyResults({
    startedAt: '2026-11-22T20:00:00.000Z',
    device: 'webgpu',
    adapter: 'SwiftShader Device (LLVM 10.0.0)',
    budget: 'quick',
    tasks: [...tasks],
    seeds,
    versions: { glassbox: '0.1.0', node: '26.10.0' },
  });
  results.complete = true;
  results.durationSeconds = 412;
  results.softwareAdapter = true;
  results.deviceReason = 'no hardware adapter found';
  results.command = 'npm run practical -- --budget quick';
  const shares = { chest: 0.468, pneumonia: 0.625 };
  for (const target of ['chest', 'pneumonia'] as const) {
    const needed = RECIPES.some((r) => r.target === target && tasks.includes(r.task));
    if (!needed && !tasks.some((t) => t === '1b' || t === '2c')) continue;
    const label = (): number => (rng.next() < shares[target] ? 1 : 0);
    const sizes = {
      val: target === 'chest' ? 146 : 524,
      test: options.testImages?.[target] ?? (target === 'chest' ? 384 : 624),
    };
    results.truth[target] = {
      val: Array.from({ length: sizes.val }, label),
      test: Array.from({ length: sizes.test }, label),
    };
    results.data.push({
      target,
      file: target === 'chest' ? 'chestmnist-nih-subset.npz' : 'pneumoniamnist.npz',
      md5: target === 'chest' ? 'd341ce7491965b1fe320fb3edd7b4cab' : '28209eda62fecd6e6a2d98b1501bb15f',
      kind: synthetic ? 'synthetic' : 'real',
      ...(synthetic ? {} : target === 'chest' ? { format: 'ChestMNIST' } : { published: 'PneumoniaMNIST' }),
      images: target === 'chest' ? { train: 1371, ...sizes, unlabelled: 9933 } : { train: 4708, ...sizes },
    });
    const splits: [string, number][] =
      target === 'chest'
        ? [
            ['train', 1371],
            ['train (first 300)', 300],
            ['val', sizes.val],
            ['test', sizes.test],
          ]
        : [
            ['train', 4708],
            ['val', sizes.val],
            ['test', sizes.test],
          ];
    for (const [split, n] of splits) {
      const share = target === 'pneumonia' && split !== 'test' ? 0.742 : shares[target];
      results.labelDistributions.push({
        target,
        split,
        n,
        positives: Math.round(n * share),
        findings: target === 'chest' ? FINDINGS.map(([name, p]) => ({ name, count: Math.round(n * p) })) : [],
      });
    }
  }

  for (const recipe of RECIPES) {
    if (!tasks.includes(recipe.task)) continue;
    const truth = results.truth[recipe.target]!;
    for (const seed of seeds) {
      const skill = (options.skill?.[recipe.variant] ?? recipe.skill) + 0.12 * normal();
      const score = (labels: number[], shift: number): number[] =>
        labels.map((y) => 1.4 * (normal() + skill * (y - 0.5) + shift));
      const evaluation = evaluateRow(
        {
          val: { logOdds: score(truth.val, 0.1), labels: truth.val },
          test: { logOdds: score(truth.test, recipe.target === 'pneumonia' ? 0.6 : 0), labels: truth.test },
        },
        { resamples: 60 },
      );
      const epochs = recipe.epochs + Math.round(3 * normal());
      const bestEpoch = Math.max(1, epochs - 15);
      const history: LoggedEpoch[] = Array.from({ length: epochs }, (_, i) => {
        const t = i + 1;
        const over = Math.max(0, t - bestEpoch);
        return {
          epoch: t,
          trainLoss: 0.12 + 0.58 * Math.exp(-t / 6) + 0.004 * normal(),
          valLoss: 0.3 + 0.35 * Math.exp(-t / 4) + 0.012 * over + 0.006 * normal(),
          trainAccuracy: 1 - 0.45 * Math.exp(-t / 6),
          valAccuracy: evaluation.val.accuracy - 0.2 * Math.exp(-t / 4),
          valAuc: evaluation.val.auc - 0.25 * Math.exp(-t / 3) - 0.002 * over + 0.002 * normal(),
          ...(recipe.variant === '3-linear-probe-fine-tune'
            ? { phase: t <= 8 ? 'linear probe' : 'fine-tune' }
            : {}),
        };
      });
      const row: ResultRow = {
        ...recipe,
        seed,
        epochs,
        bestEpoch,
        stopReason: 'patience',
        trainSeconds: epochs * 1.7,
        ...evaluation,
        train: { accuracy: Math.min(1, 0.8 + 0.04 * skill), auc: 0.97 },
        training: {
          optimizer: 'SGD, momentum 0.9',
          learningRate: 1e-3,
          batchSize: 64,
          epochLimit: 200,
          patience: 15,
          monitor: 'validation loss',
          trainImages: recipe.variant.startsWith('1') ? 300 : recipe.target === 'chest' ? 1371 : 4708,
          availableImages: recipe.target === 'chest' ? 1371 : 4708,
          initialisation: recipe.variant.includes('scratch') ? 'random' : `chest net (seed ${seed})`,
          trainableParameters: recipe.task === '2a' ? 1026 : 98_658,
          totalParameters: 98_658,
        },
        history,
      };
      const { skill: _skill, ...kept } = row as ResultRow & { skill: number };
      results.rows.push(kept);
    }
  }

  if (tasks.includes('1c')) for (const seed of seeds) results.autoencoders.push(autoencoder(seed, normal));
  embed(results, tasks, points, iterations, normal);
  results.testImages = {};
  for (const target of ['chest', 'pneumonia'] as const) {
    const count = results.truth[target]?.test.length;
    if (count === undefined) continue;
    const images = Uint8Array.from({ length: count * 64 }, (_, i) => (i * 37 + (i >> 6) * 11) % 256);
    results.testImages[target] = packImages(
      images,
      8,
      Array.from({ length: count }, (_, i) => i),
    );
  }
  return results;
}

function autoencoder(seed: number, normal: () => number): AutoencoderResult {
  const size = 28;
  const examples = Array.from({ length: 8 }, (_, k) => {
    const input = Array.from({ length: size * size }, (_, i) => {
      const [x, y] = [(i % size) - 13.5, Math.floor(i / size) - 13.5];
      const lungs = Math.exp(-((Math.abs(x) - 6) ** 2 / 12 + (y - k / 3) ** 2 / 60));
      return Math.round(
        Math.max(0, Math.min(255, 190 - 130 * lungs + 18 * Math.sin(y * 1.7 + k) + 6 * normal())),
      );
    });
    const reconstruction = input.map((_, i) => {
      const row = Math.floor(i / size);
      const near = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [row + dy, (i % size) + dx]));
      const inside = near.filter(([y, x]) => y >= 0 && x >= 0 && y < size && x < size);
      return Math.round(inside.reduce((sum, [y, x]) => sum + input[y * size + x], 0) / inside.length);
    });
    return {
      input,
      reconstruction,
      psnr: psnr(input, reconstruction, 255),
      ssim: ssim(input, reconstruction, size, size, 255),
    };
  });
  return {
    seed,
    epochs: 20,
    bestEpoch: 20,
    trainSeconds: 91,
    trainImages: 11_304,
    history: Array.from({ length: 20 }, (_, i) => ({
      epoch: i + 1,
      trainLoss: 0.06 + 0.3 * Math.exp(-i / 3) + 0.001 * seed,
      valLoss: 0.03 + 0.28 * Math.exp(-i / 3),
    })),
    size,
    psnr: 21.2 + 0.05 * seed,
    ssim: 0.742,
    mse: 0.0079,
    meanImage: { psnr: 14.1, ssim: 0.31, mse: 0.041 },
    examples,
    transferred: ['conv1.weight', 'conv1.bias'],
  };
}

function embed(
  results: RunResults,
  tasks: readonly string[],
  n: number,
  iterations: number,
  normal: () => number,
): void {
  const d = 24;
  for (const target of ['chest', 'pneumonia'] as const) {
    const truth = results.truth[target];
    const untrained = {
      task: '1b',
      variant: 'chest-untrained',
      name: 'Chest, untrained net',
      skill: 0,
    } as const;
    const trained = RECIPES.filter((r) => r.target === target && tasks.includes(r.task));
    const recipes = target === 'chest' && tasks.includes('1b') ? [untrained, ...trained] : trained;
    if (!truth || recipes.length === 0 || !tasks.some((t) => t === '1b' || t.startsWith('2') || t === '3'))
      continue;
    const labels = truth.test.slice(0, n);
    results.embeddedPoints[target] = { split: 'test', indices: labels.map((_, i) => i), labels };
    const base = labels.map(() => Array.from({ length: d }, normal));
    const made = recipes.map((recipe, r) => {
      const points = new Float32Array(n * d);
      labels.forEach((y, i) => {
        for (let j = 0; j < d; j++) {
          const mixed = base[i][(j + r) % d] + 0.4 * normal();
          points[i * d + j] = Math.max(0, mixed + (j < 4 ? recipe.skill * (y - 0.5) * 1.5 : 0));
        }
      });
      return { id: recipe.variant, points, d, recipe };
    });
    for (const { recipe, points } of made) {
      const row = results.rows.find(({ variant, seed }) => variant === recipe.variant && seed === 0);
      const net = {
        variant: recipe.variant,
        name: recipe.name,
        seed: 0,
        epoch: row?.bestEpoch ?? 0,
        epochs: row?.epochs ?? 0,
        ...(row ? { valAuc: row.val.auc } : {}),
      };
      results.embeddings.push(
        describeEmbedding(
          { id: recipe.variant, title: recipe.name, task: recipe.task, target, seed: 0, net },
          points,
          n,
          d,
          { labels, brightness: base.map((row) => row[0]), iterations, starts: 1 },
        ),
      );
    }
    results.embeddingSimilarities.push(...compareEmbeddings(made, n));
  }
}
