/**
 * The report: one HTML file with everything inside, composed from the run's own figures.
 *
 * Sections for tasks that were not run are left out; text that states a comparison is chosen by the measured values
 * (`phrases.ts`), so another run gets another text.
 */
import type { Context, Section } from '../report/context.ts';
import { nameOf } from '../report/data-names.ts';
import { html, type Part } from '../report/html.ts';
import { duration, list, seedCount } from '../report/phrases.ts';
import type { RunResults } from '../report/results.ts';
import { type Analysis, analyse } from '../report/statistics.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { contextOf, type Task } from '../tasks/task.ts';
import { contentsPage } from './contents-page.ts';
import { collectFigures } from './figures.ts';
import { methods, provenance } from './methods.ts';
import { mistakes } from './mistakes.ts';
import { published } from './published.ts';
import { summary } from './summary.ts';
import { viewers } from './viewer.ts';

const TITLE = 'Transfer learning on chest X-rays';

/**
 * Builds `report.html`.
 *
 * @param analysis reuse of `analyse(results)`, which takes seconds on many rows
 * @returns a complete HTML document without references to other files
 */
export function buildReport(
  results: RunResults,
  analysis: Analysis = analyse(results),
  tasks: readonly Task[] = everyTask,
): string {
  const figures = collectFigures(results, analysis, tasks);
  const context: Context = { ...contextOf(results, analysis, tasks), figures };
  const all = [
    ...tasks.map((task) => sectionOf(task, context)),
    mistakes(context),
    published(context),
    methods(context),
    provenance(context),
  ].filter((section) => section !== undefined);
  return contentsPage({
    title: TITLE,
    lead: 'Practical exercise of “AI in Medicine I”: every task, answered from the figures of this run',
    top: html`<p><b>Short of time?</b> <a href="answers.html">The answers in two pages</a>: each question, its answer,
its figure and the code behind it.</p>
${banners(results)}
${facts(results)}`,
    summary: summary(context, tasks),
    sections: all,
    foot: html`Written by glassbox from <code>results.json</code> of the same folder; every number above is
recomputable from it.`,
    end: viewers(results),
  });
}

function sectionOf({ id, title, asks, section }: Task, context: Context): Section | undefined {
  const said = section(context);
  if (!said) return undefined;
  const sheet = asks && html`<p class="asks">The sheet asks: ${asks}</p>\n`;
  return { id: `task-${id}`, title: `${id}  ${title}`, body: html`\n${sheet}${said}` };
}

function banners(results: RunResults): Part[] {
  const synthetic = results.data.filter((d) => d.kind === 'synthetic');
  const sets = synthetic.map((d) => (d.target === 'chest' ? 'ChestMNIST' : 'PneumoniaMNIST'));
  const others = results.data.filter((d) => d.kind === 'real' && !nameOf(results.data, d.target).published);
  return [
    synthetic.length > 0 &&
      html`<div class="banner" role="note"><p><b>Synthetic data.</b> The images standing in for
      ${list(sets)} are phantoms drawn by a seeded generator. Nothing below says anything about patients,
      and no score may be compared with published ones.</p></div>`,
    others.length > 0 &&
      html`<div class="banner note" role="note"><p><b>Not the published data.</b>
      ${others.map((d) => `The ${d.target} images are ${nameOf(results.data, d.target).long}.`).join(' ')}
      Its shares of healthy and ill are its own; published scores belong to other images.</p></div>`,
    !results.complete &&
      html`<div class="banner" role="note"><p><b>Incomplete run.</b> It was interrupted; what is below is
      what had been finished by then.</p></div>`,
    results.warnings.length > 0 &&
      html`<div class="banner" role="note">${results.warnings.map((warning) => html`<p>${warning}</p>`)}</div>`,
  ];
}

function facts(results: RunResults): Part {
  const kinds = new Set(results.data.map((d) => d.kind));
  const data = kinds.size === 0 ? 'none' : kinds.size === 2 ? 'real and synthetic' : [...kinds][0];
  const items: [string, string, string][] = [
    ['Data', data, list(results.data.map((d) => nameOf(results.data, d.target).long))],
    ['Device', results.device, `${results.adapter}${results.softwareAdapter ? ', software' : ''}`],
    ['Budget', results.budget, `${seedCount(results.seeds.length)}, ${results.rows.length} trained nets`],
    [
      results.resumed ? 'Duration since resumed' : 'Duration',
      duration(results.durationSeconds),
      `${results.startedAt.slice(0, 16).replace('T', ' ')}; all trainings ${duration(trainingSeconds(results))}`,
    ],
  ];
  return html`<dl class="facts">${items.map(
    ([name, value, detail]) => html`<div><dt>${name}</dt><dd>${value}<small>${detail}</small></dd></div>`,
  )}</dl>`;
}

/** Time of every training of the run, those before a resume included. */
function trainingSeconds({ rows, autoencoders }: RunResults): number {
  return [...rows, ...autoencoders].reduce((sum, { trainSeconds }) => sum + trainSeconds, 0);
}
