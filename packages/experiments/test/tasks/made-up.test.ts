import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '@glassbox/tensor-core';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { learningCurvesFigure } from '../../src/figures/curves.ts';
import { buildAnswers, buildReport, collectFigures } from '../../src/pages/index.ts';
import { codeText } from '../../src/platform/node.ts';
import { locate, place } from '../../src/report/code.ts';
import { figure, rowsTable, variantsOf } from '../../src/report/context.ts';
import { html, paragraph } from '../../src/report/html.ts';
import { analyse, emptyResults, type RunResults } from '../../src/report/index.ts';
import { RunFolder } from '../../src/run/folder.ts';
import { plan, trainingsOf } from '../../src/run/plan.ts';
import { RunProgress } from '../../src/run/progress.ts';
import { tasks } from '../../src/tasks/index.ts';
import { codePlaces, latentSpacesOf, recipesOf, type Task, withPrerequisites } from '../../src/tasks/task.ts';
import { countImages, prepareData } from '../../src/training/data.ts';
import { chooseNet, describeSituation, embeddedRows } from '../../src/training/latent-spaces.ts';
import { wholeNet } from '../../src/training/recipe.ts';
import { trainRow } from '../../src/training/train.ts';
import { protocol, sets } from './support.ts';

/** A task that nobody knows of but this file: whatever shows it follows from the list of tasks alone. */
const made = {
  id: '9z',
  title: 'A task made up',
  builtOn: tasks.filter(({ id }) => id === '2'),
  recipes: (wanted) => [
    {
      variant: '9z-unheard-of',
      name: 'Pneumonia, an unheard-of net',
      target: 'pneumonia',
      colour: '#123456',
      encoderOf: 'random',
      phases: [{ ...wholeNet(wanted), epochs: 2 }],
    },
  ],
  latentSpaces: () => [
    { title: 'A space unheard of', target: 'pneumonia', weightsOf: '9z-unheard-of' },
    { title: 'A space untrained', target: 'pneumonia', weightsOf: 'untrained' },
  ],
  figures: (context) => [
    learningCurvesFigure('curves-9z', 'Curves unheard of', variantsOf(context, ['9z'])),
    undefined,
  ],
  summary: () => ['A finding unheard of.'],
  section: (context) =>
    html`${rowsTable(context, variantsOf(context, ['9z']))}${figure(context, 'curves-9z')}`,
  questions: [
    {
      id: 'unheard',
      question: 'What has nobody asked?',
      code: [place('a task', 'experiments/src/tasks/task.ts', 'export interface Task ')],
      answer: ({ analysis }) => ({ text: paragraph(`Of ${analysis.find('9z-unheard-of')!.name}: nothing.`) }),
    },
  ],
} as const satisfies Task;
const list: readonly Task[] = [...tasks, made];
const words = { few: '300 labels', all: 'all labels' };

const path = mkdtempSync(join(tmpdir(), 'glassbox-made-up-'));
const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(async () => {
  await runtime.destroy();
  rmSync(path, { recursive: true, force: true });
});
const folder = RunFolder.create(path);
const data = prepareData(runtime, sets, protocol);
const counts = countImages(sets, protocol);
const signal = new AbortController().signal;
const trainings = trainingsOf(recipesOf(list, protocol, words), [0, 1]);
const progress = new RunProgress(trainings.map((training) => plan(training, counts, protocol, folder)));
const notes: string[] = [];
const context = {
  runtime,
  folder,
  data,
  protocol,
  signal,
  note: (line: string) => notes.push(line),
  progress,
};

/** What a run of this task alone leaves. */
async function run(): Promise<RunResults> {
  const results = emptyResults({
    startedAt: '2026-01-01T00:00:00Z',
    device: 'wasm',
    adapter: 'wasm',
    budget: 'quick',
    tasks: ['9z'],
    seeds: [0],
    versions: {},
  });
  const { val, test } = data.pneumonia.labels;
  results.truth.pneumonia = { val: [...val], test: [...test] };
  const [recipe] = recipesOf([made], protocol, words);
  results.rows.push(await trainRow(context, recipe, 0));
  for (const space of latentSpacesOf([made], words)) {
    const described = await describeSituation(context, space, chooseNet(space, results, 0));
    results.embeddings.push(described.situation);
  }
  const indices = embeddedRows(context, 'pneumonia');
  results.embeddedPoints.pneumonia = { split: 'test', indices, labels: indices.map((row) => test[row]) };
  return results;
}

describe('a task costs itself and its line in the list', async () => {
  const results = await run();
  const analysis = analyse(results, { resamples: 20 });

  it('is planned after the others, with what it is built on', () => {
    expect(withPrerequisites(['9z'], list).map(({ id }) => id)).toEqual(['2', '9z']);
    expect(trainings.at(-1)).toMatchObject({ seed: 1, recipe: { task: '9z', variant: '9z-unheard-of' } });
    expect(trainings.filter(({ recipe }) => recipe === 'autoencoder')).toHaveLength(2);
    const planned = plan(trainings.at(-1)!, counts, protocol, folder);
    expect(planned).toEqual({
      id: '9z-unheard-of-seed1',
      kind: 'net',
      cost: 1,
      images: 100,
      epochs: 2,
      done: false,
    });
  });

  it('is trained, counted and embedded', () => {
    const [row] = results.rows;
    expect(row).toMatchObject({ task: '9z', variant: '9z-unheard-of', epochs: 2, seed: 0 });
    const n = trainings.length / 2;
    expect(notes[0]).toContain(`training ${n} of ${2 * n}: Pneumonia, an unheard-of net, seed 0: 2 epochs`);
    expect(results.embeddings.map(({ id, task }) => [id, task])).toEqual([
      ['9z-unheard-of', '9z'],
      ['pneumonia-untrained', '9z'],
    ]);
  });

  it('has its figure, and its colour and spaces in those of all tasks', () => {
    const figures = collectFigures(results, analysis, list);
    expect(figures.get('curves-9z')!.title).toBe('Curves unheard of');
    expect(figures.get('pneumonia-comparison')!.body).toContain('#123456');
    expect(figures.get('pneumonia-pca')!.alt).toContain('A space unheard of');
    expect(collectFigures(results, analysis).has('curves-9z')).toBe(false);
  });

  it('has its section, its line in contents and summary, and its answer with the code', () => {
    const { document } = parseHTML(buildReport(results, analysis, list));
    expect(document.querySelector('nav a[href="#task-9z"]')!.textContent).toBe('9z  A task made up');
    const section = document.querySelector('#task-9z')!;
    expect(section.querySelector('#fig-curves-9z svg')).not.toBeNull();
    expect(section.textContent).toContain('Pneumonia, an unheard-of net');
    // It is not of the sheet.
    expect(section.textContent).not.toContain('The sheet asks');
    expect(document.querySelector('#in-short')!.nextElementSibling!.textContent).toBe(
      'A finding unheard of.',
    );
    expect(document.querySelector('#published')!.textContent).toContain(
      'on pneumonia images: Pneumonia, an unheard-of',
    );
    expect(document.querySelector('#methods')!.textContent).toContain('random (seed 0)');

    const page = parseHTML(buildAnswers(results, analysis, list)).document;
    const article = page.querySelector('article#unheard')!;
    expect(article.querySelector('h2')!.textContent).toBe('9z What has nobody asked?');
    expect(article.querySelector('h2 a')!.getAttribute('href')).toBe('report.html#task-9z');
    expect(article.querySelector('p')!.textContent).toBe('Of Pneumonia, an unheard-of net: nothing.');
    const { file, line } = locate(codePlaces([made])[0]);
    expect(article.querySelector('.code a')!.getAttribute('href')).toBe(`code/${file}#L${line}`);
    expect(codeText(file).split('\n')[line - 1]).toContain('interface Task');
  });
});
