/**
 * The report: one HTML file with everything inside, composed from the run's own figures.
 *
 * Sections for tasks that were not run are left out; text that states a comparison is chosen by the measured values
 * (`phrases.ts`), so another run gets another text.
 */
import { collectFigures } from '../figures/collect.ts';
import type { Context, Section } from './context.ts';
import { Html, html, type Part, paragraph } from './html.ts';
import { decimal, duration, list, seedCount, spread } from './phrases.ts';
import type { RunResults } from './results.ts';
import { autoencoder } from './sections/autoencoder.ts';
import { bonus } from './sections/bonus.ts';
import { latentSpace, lowData } from './sections/chest.ts';
import { latentMusings } from './sections/latent.ts';
import { methods, provenance } from './sections/methods.ts';
import { frozen, published, trainable, transfer } from './sections/transfer.ts';
import { type Analysis, analyse, type VariantSummary } from './statistics.ts';
import { reportCss } from './styles.ts';

const TITLE = 'Transfer learning on chest X-rays';

/**
 * Builds `report.html`.
 *
 * @param analysis reuse of `analyse(results)`, which takes seconds on many rows
 * @returns a complete HTML document without references to other files
 */
export function buildReport(results: RunResults, analysis: Analysis = analyse(results)): string {
  const context: Context = { results, analysis, figures: collectFigures(results, analysis) };
  const sections = [
    lowData,
    latentSpace,
    autoencoder,
    transfer,
    frozen,
    trainable,
    latentMusings,
    bonus,
    published,
  ]
    .map((make) => make(context))
    .filter((section) => section !== undefined);
  const all: Section[] = [...sections, methods(context), provenance(context)];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${new Html(reportCss())}</style>
</head>
<body>
<div class="layout">
<nav aria-label="Contents"><b>Contents</b><ol><li><a href="#summary">Summary</a></li>${all.map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ol></nav>
<main>
<header id="summary">
<h1>${TITLE}</h1>
<p class="lead">Practical exercise of “AI in Medicine I”: every task, answered from the figures of this run</p>
${banners(results)}
${facts(results)}
</header>
${summary(context)}
${all.map(({ id, title, body }) => html`<section id="${id}"><h2>${title}</h2>${body}</section>`)}
<footer>Written by glassbox from <code>results.json</code> of the same folder; every number above is recomputable from it.</footer>
</main>
</div>
</body>
</html>
`;
  return page.markup;
}

function banners(results: RunResults): Part[] {
  const synthetic = results.data.filter((d) => d.kind === 'synthetic');
  const sets = synthetic.map((d) => (d.target === 'chest' ? 'ChestMNIST' : 'PneumoniaMNIST'));
  return [
    synthetic.length > 0 &&
      html`<div class="banner" role="note"><p><b>Synthetic data.</b> The images standing in for ${list(sets)} are phantoms drawn by a seeded generator. Nothing below says anything about patients, and no score may be compared with published ones.</p></div>`,
    !results.complete &&
      html`<div class="banner" role="note"><p><b>Incomplete run.</b> It was interrupted; what is below is what had been finished by then.</p></div>`,
    results.warnings.length > 0 &&
      html`<div class="banner" role="note">${results.warnings.map((warning) => html`<p>${warning}</p>`)}</div>`,
  ];
}

function facts(results: RunResults): Part {
  const kinds = new Set(results.data.map((d) => d.kind));
  const data = kinds.size === 0 ? 'none' : kinds.size === 2 ? 'real and synthetic' : [...kinds][0];
  const items: [string, string, string][] = [
    ['Data', data, list(results.data.map((d) => d.file))],
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

/** Headline findings, each a sentence that the sections below take up. */
function summary(context: Context): Part {
  const { analysis } = context;
  const line = (v: VariantSummary): string =>
    `AUC ${spread(v.test.auc)}, accuracy ${spread(v.test.accuracy)}`;
  const points: Part[] = [];
  const scratch = analysis.find('1a-scratch');
  if (scratch) {
    points.push(`${scratch.rows[0].training.trainImages} chest labels from scratch: ${line(scratch)}.`);
  }
  const tuned = analysis.find('1c-autoencoder');
  if (tuned)
    points.push(
      html`With autoencoder weights: ${line(tuned)}${change(context, '1c-autoencoder', '1a-scratch')}.`,
    );
  const base = analysis.find('2-pneumonia-scratch');
  if (base) points.push(`Pneumonia from scratch: ${line(base)}.`);
  for (const id of ['2a-frozen-bn-eval', '2a-frozen-bn-reestimated', '2b-trainable'] as const) {
    const v = analysis.find(id);
    if (v) points.push(html`${v.name}: ${line(v)}${change(context, id, '2-pneumonia-scratch')}.`);
  }
  const remedies = analysis.summaries.filter((v) => v.task === '3');
  if (remedies.length > 0) {
    const best = remedies.reduce((a, b) => (b.val.auc.mean > a.val.auc.mean ? b : a));
    points.push(
      html`Of the bonus recipes, ${best.name} is best on validation: ${line(best)}${change(context, best.variant, '2b-trainable', 'naive fine-tuning')}.`,
    );
  }
  if (points.length === 0) return paragraph('This run holds no trained net yet.');
  return html`<h3>In short</h3><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>${paragraph(
    analysis.summaries.every((v) => v.seeds.length > 1)
      ? 'Scores are of the test sets, mean ± deviation over seeds; “not shown to differ” means that the 95 % interval of the difference includes zero.'
      : 'Scores are of the test sets; “not shown to differ” means that the 95 % interval of the difference includes zero. With one seed that interval covers the choice of test images, not the luck of training: run with --seeds 3 or more before believing a difference.',
  )}`;
}

function change(context: Context, a: string, b: string, name = 'from scratch'): string {
  const difference = context.analysis.difference(a, b, 'auc');
  if (!difference) return '';
  if (difference.verdict === 'undecided')
    return `; AUC not shown to differ from ${name === 'from scratch' ? 'training from scratch' : name}`;
  return `; AUC ${difference.verdict} than ${name} by ${decimal(Math.abs(difference.value))}${difference.seeds === 1 ? ' for this one seed' : ''}`;
}
