import { strFromU8, unzipSync } from 'fflate';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/pages/index.ts';
import {
  analyse,
  buildSubmissionZip,
  emptyResults,
  type RunResults,
  serializeResults,
} from '../../src/report/index.ts';
import { duration } from '../../src/report/phrases.ts';
import { TASK_IDS } from '../../src/tasks/ids.ts';
import { fakeRun } from './fake-run.ts';

const small = { points: 24, iterations: 20 } as const;

function report(run: RunResults): { html: string; text: string; document: Document } {
  const html = buildReport(run, analyse(run, { resamples: 100 }));
  const { document } = parseHTML(html);
  for (const hidden of Array.from(document.querySelectorAll('style'))) hidden.remove();
  const scripts = Array.from(document.querySelectorAll('script'));
  const places = scripts.map((script) => script.parentElement!);
  for (const script of scripts) script.remove();
  const text = (document.body.textContent ?? '').replace(/\s+/g, ' ');
  scripts.forEach((script, i) => {
    places[i].append(script);
  });
  return { html, text, document: document as unknown as Document };
}

/** What no template may leave behind. */
const LEFTOVERS = /\bNaN\b|undefined|Infinity|\[object|\$\{/;

describe('a whole run', () => {
  const run = fakeRun({ ...small, seeds: 3 });
  const { html, text, document } = report(run);

  it('has a section for every task, in the order of the sheet, and a table of contents that leads there', () => {
    const ids = Array.from(document.querySelectorAll('section')).map((section) => section.id);
    expect(ids).toEqual([
      'task-1a',
      'task-1b',
      'task-1c',
      'task-2',
      'task-2a',
      'task-2b',
      'task-2c',
      'task-3',
      'mistakes',
      'published',
      'methods',
      'provenance',
    ]);
    for (const link of Array.from(document.querySelectorAll('nav a'))) {
      expect(document.querySelector(link.getAttribute('href')!), link.getAttribute('href')!).not.toBeNull();
    }
  });

  it('answers every question of the sheet', () => {
    const questions = Array.from(document.querySelectorAll('.qa')).map((qa) => ({
      question: qa.querySelector('.q')!.textContent,
      answer: qa.textContent!.length - qa.querySelector('.q')!.textContent!.length,
    }));
    for (const asked of [
      'Is accuracy appropriate here?',
      'What selects a model better than a fixed number of steps',
      'What separates, what does not?',
      'Does the autoencoder work?',
      'Comment on the fine-tuned result.',
      'Why is this often done in the literature? What is tested?',
      'Which worked better, and why?',
      'What is seen, and why?',
      'Is the encoder destroyed, and does a remedy help?',
    ]) {
      const found = questions.find(({ question }) => question!.startsWith(asked));
      expect(found?.answer ?? 0, asked).toBeGreaterThan(150);
    }
  });

  it('stands alone: nothing is loaded from elsewhere, and its own script asks for nothing', () => {
    const loaded = Array.from(document.querySelectorAll('[src],[href]:not(a)'))
      .map((node) => node.getAttribute('src') ?? node.getAttribute('href')!)
      .filter((address) => !address.startsWith('#') && !address.startsWith('data:'));
    expect(loaded).toEqual([]);
    const linked = Array.from(document.querySelectorAll('a'))
      .map((node) => node.getAttribute('href')!)
      .filter((address) => !address.startsWith('#'));
    expect(new Set(linked)).toEqual(new Set(['answers.html']));
    expect(html).not.toMatch(/<script[^>]*\ssrc|@import|url\((?!data:|#)/i);
    for (const script of Array.from(document.querySelectorAll('script'))) {
      expect(script.textContent).not.toMatch(
        /fetch|XMLHttpRequest|import\s*\(|https?:(?!\/\/www\.w3\.org\/2000\/svg)/,
      );
    }
  });

  it('shows the measured numbers, and no trace of a missing one', () => {
    expect(text).not.toMatch(LEFTOVERS);
    const [row] = run.rows;
    expect(text).toContain(row.test.auc.toFixed(3));
    expect(text).toContain('28209eda62fecd6e6a2d98b1501bb15f');
    expect(text).toContain('SwiftShader Device');
  });

  it('claims no synthetic data for a real run', () => {
    expect(text).not.toContain('Synthetic data.');
    expect(text).not.toContain('Incomplete run.');
  });

  it('gives each figure a text for those who cannot see it', () => {
    const figures = Array.from(document.querySelectorAll('figure > .plot > svg'));
    expect(figures.length).toBeGreaterThan(20);
    for (const figure of figures) expect(figure.getAttribute('aria-label')!.length).toBeGreaterThan(10);
  });
});

describe('durations', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.96, '10.0 s'],
    [89.4, '89 s'],
    [179.7, '3 min 0 s'],
    [3725, '62 min 5 s'],
    [5400, '1 h 30 min'],
  ])('%d s', (seconds, written) => expect(duration(seconds)).toBe(written));

  it('of a resumed run is of the last stretch, and the trainings are summed', () => {
    const run = fakeRun({ ...small, tasks: ['1a'], seeds: 2 });
    run.resumed = true;
    run.rows.forEach((row) => {
      row.trainSeconds = 100;
    });
    const { text } = report(run);
    expect(text).toContain('Duration since resumed');
    expect(text).toContain('all trainings 3 min 20 s');
  });
});

describe('partial runs', () => {
  it.each(TASK_IDS.map((task) => [task]))('task %s alone', (task) => {
    const { text } = report(fakeRun({ ...small, tasks: [task], seeds: 1 }));
    expect(text).not.toMatch(LEFTOVERS);
    expect(text).toContain('Provenance');
  });

  it('nothing at all', () => {
    const empty = emptyResults({
      startedAt: '2026-01-01T00:00:00Z',
      device: 'wasm',
      adapter: 'wasm SIMD',
      budget: 'quick',
      tasks: ['1a'],
      seeds: [0],
      versions: {},
    });
    const { text } = report(empty);
    expect(text).toContain('no trained net yet');
    expect(text).toContain('Incomplete run.');
    expect(text).not.toMatch(LEFTOVERS);
  });

  it('measured tiles, where there were any', () => {
    const run = fakeRun({ ...small, seeds: 1 });
    expect(report(run).text).not.toContain('measured tiles');
    run.measuredTiles = { count: 7, differentBits: 0, hash: '0123' };
    expect(report(run).text).toMatch(/7 kernels, all with the bits of the default tiles \(table 0123\)/);
    run.measuredTiles = { count: 7, differentBits: 2, hash: '0123' };
    expect(report(run).text).toMatch(/7 kernels, 2 of them with other bits/);
    expect(JSON.parse(serializeResults(run)).measuredTiles).toEqual(run.measuredTiles);
  });

  it('one seed, no kept scores, no history', () => {
    const run = fakeRun({ ...small, seeds: 1 });
    run.truth = {};
    for (const row of run.rows) {
      row.history = [];
      row.logOdds = { val: [], test: [] };
    }
    expect(report(run).text).not.toMatch(LEFTOVERS);
  });
});

describe('text follows the numbers', () => {
  const told = (
    skill: NonNullable<Parameters<typeof fakeRun>[0]>['skill'],
    tasks: ('2' | '2a' | '2b' | '1a')[],
  ): string => report(fakeRun({ ...small, seeds: 3, tasks, skill })).text;

  it('which of frozen and trainable worked better', () => {
    const frozen = { '2a-frozen-bn-eval': 3, '2a-frozen-bn-reestimated': 3 };
    const poor = { '2a-frozen-bn-eval': 0.8, '2a-frozen-bn-reestimated': 0.8 };
    expect(told({ ...frozen, '2b-trainable': 0.8 }, ['2a', '2b'])).toContain('Frozen worked better.');
    expect(told({ ...poor, '2b-trainable': 3 }, ['2a', '2b'])).toContain('Trainable worked better.');
    expect(told({ ...frozen, '2b-trainable': 3 }, ['2a', '2b'])).toContain(
      'Neither is shown to work better, by AUC or by accuracy.',
    );
  });

  it('whether the net beats the constant answer', () => {
    expect(told({ '1a-scratch': 3 }, ['1a'])).toContain('interval lies above that');
    expect(told({ '1a-scratch': 0 }, ['1a'])).toMatch(/interval (includes that value|lies below that)/);
    expect(told({ '1a-scratch': -3 }, ['1a'])).toContain('interval lies below that');
  });

  it('that one seed knows nothing of the luck of training', () => {
    const skill = { '2a-frozen-bn-eval': 0.5, '2a-frozen-bn-reestimated': 0.5, '2b-trainable': 3 };
    const { text } = report(fakeRun({ ...small, seeds: 1, tasks: ['2a', '2b'], skill }));
    expect(text).toContain('Trainable worked better for this one seed.');
    expect(text).toContain('not the luck of training');
    expect(text).not.toMatch(/interval over seeds and test images/);
    expect(text).not.toMatch(/The frozen head also needs more epochs[^.]*on average/);
  });

  it('that a net was kept after its first epoch while its ranking went on improving', () => {
    const run = fakeRun({ ...small, seeds: 2, tasks: ['1a'] });
    const [row, other] = run.rows;
    other.bestEpoch = other.epochs;
    row.bestEpoch = 1;
    row.val.auc = 0.5;
    row.history.forEach((record, i) => {
      record.valAuc = 0.5 + 0.01 * Math.min(i, 12);
    });
    const { text } = report(run);
    expect(text).toContain('One net was kept after the very first epoch');
    expect(text).toContain('(epoch 1, validation AUC 0.500 then, 0.620 in epoch 13;');
    // A first epoch that ranks, and is not improved upon, was no bad choice.
    for (const record of row.history) record.valAuc = row.val.auc;
    row.val.auc = 0.7;
    expect(report(run).text).not.toContain('after the very first epoch');
  });

  it('which latent space 1b speaks of where that of 1a is missing', () => {
    const run = fakeRun({ ...small, seeds: 1, tasks: ['1b', '2'] });
    expect(report(run).text).toContain('this is said of “Chest, untrained net”');
    const whole = fakeRun({ ...small, seeds: 1, tasks: ['1a', '1b'] });
    expect(report(whole).text).not.toContain('this is said of');
  });

  it('which chest net 2c compares with', () => {
    const told = (tasks: readonly string[]): string => report(fakeRun({ ...small, seeds: 1, tasks })).text;
    expect(told(['1a', '1b', '2a'])).toContain(
      'On chest images, “Chest, 300 labels, from scratch” separates',
    );
    expect(told(['1a', '1b', '2', '2a'])).toContain('On chest images, “Chest, all labels” separates');
  });

  it('what watching validation AUC gave where it was tried', () => {
    const run = fakeRun({ ...small, seeds: 2, tasks: ['1a'] });
    const watched = run.rows.map((row) => ({
      ...row,
      variant: '1a-scratch-kept-by-auc',
      name: 'Chest, 300 labels, from scratch, kept by AUC',
      training: { ...row.training, monitor: 'validation AUC' },
    }));
    run.rows.push(...watched);
    const { text } = report(run);
    const { mean } = analyse(run, { resamples: 10 }).find('1a-scratch')!.test.auc;
    expect(text).toContain('From scratch, kept by AUC against kept by loss: AUC 0.000');
    expect(text).toMatch(
      new RegExp(`Over seeds it is (${mean.toFixed(3)} ± 0.\\d{3}) instead of \\1 on test`),
    );
    expect(text).toContain('In this run 2 of 2 chest nets were ended by early stopping');
  });

  it.each([
    [0.002, 'a higher limit would still change the result'],
    [0.0001, 'more epochs would hardly change the comparison'],
  ])('whether frozen nets ended by the limit still gained %d an epoch', (gain, verdict) => {
    const run = fakeRun({ ...small, seeds: 1, tasks: ['2a'] });
    const [row] = run.rows;
    row.stopReason = 'limit';
    row.history.forEach((record, i) => {
      record.valLoss = 0.3 - 0.001 * i;
      record.valAuc = 0.6 + gain * i;
    });
    const { text } = report(run);
    expect(text).toContain('1 of 2 frozen nets was ended by the limit of 200 epochs');
    expect(text).toContain(
      `validation loss changed by −0.0100 and validation AUC by +${(10 * gain).toFixed(4)}`,
    );
    expect(text).toContain(verdict);
  });

  it('whether a net that answers alike for all images is called out', () => {
    const run = fakeRun({ ...small, seeds: 1, tasks: ['1a'] });
    Object.assign(run.rows[0].test, { sensitivity: 1, specificity: 0 });
    expect(report(run).text).toContain('calls every image diseased');
  });

  it('whether the transfer helped', () => {
    expect(told({ '2-pneumonia-scratch': 0.8, '2b-trainable': 3 }, ['2', '2b'])).toContain(
      'did teach something',
    );
    expect(told({ '2-pneumonia-scratch': 3, '2b-trainable': 0.8 }, ['2', '2b'])).toContain(
      'worse than no source',
    );
  });
});

describe('warnings and hostile strings', () => {
  it('says so when data are synthetic, and compares with nothing published', () => {
    const { text } = report(fakeRun({ ...small, seeds: 1, synthetic: true }));
    expect(text).toContain('Synthetic data.');
    expect(text).toContain('phantoms');
    expect(text).not.toContain('The published ResNet-18 has');
    expect(text).not.toContain('ResNet-18, 28 px (published)');
  });

  it('escapes what comes from outside', () => {
    const run = fakeRun({ ...small, tasks: ['1a', '1b'], seeds: 1 });
    const nasty = '<img src=x onerror="alert(1)">&\'';
    run.rows[0].name = nasty;
    run.adapter = nasty;
    run.data[0].file = nasty;
    run.warnings = [nasty];
    run.embeddings.forEach((situation) => {
      situation.title = nasty;
    });
    const { document, text } = report(run);
    expect(document.querySelectorAll('img')).toHaveLength(0);
    expect(text).toContain(nasty);
  });
});

describe('submission zip', () => {
  it('gives back every file, twice the same bytes', () => {
    const files = [
      { path: 'report.html', data: '<p>ü</p>' },
      { path: 'figures/a.png', data: Uint8Array.from([1, 2, 3]) },
      { path: 'code/src/x.ts', data: 'export {};\n'.repeat(100) },
    ];
    const zip = buildSubmissionZip(files);
    const back = unzipSync(zip);
    expect(Object.keys(back)).toEqual(files.map(({ path }) => path));
    expect(strFromU8(back['report.html'])).toBe('<p>ü</p>');
    expect(Array.from(back['figures/a.png'])).toEqual([1, 2, 3]);
    expect(zip.length).toBeLessThan(1100);
    expect(buildSubmissionZip(files)).toEqual(zip);
  });

  it.each([
    ['/etc/passwd', /not a relative path/],
    ['C:/x', /not a relative path/],
    ['a\\b', /not a relative path/],
    ['', /not a relative path/],
    ['a/../../b', /climbs out/],
    ['a//b', /climbs out/],
  ])('refuses %j', (path, message) => {
    expect(() => buildSubmissionZip([{ path, data: '' }])).toThrow(message);
  });

  it('refuses nothing, and the same path twice', () => {
    expect(() => buildSubmissionZip([])).toThrow(/no files/);
    expect(() =>
      buildSubmissionZip([
        { path: 'a', data: '' },
        { path: 'a', data: '' },
      ]),
    ).toThrow(/given twice/);
  });
});
