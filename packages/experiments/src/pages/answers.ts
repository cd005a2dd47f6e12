import { type Figure, inlineSvg } from '../figures/figure.ts';
import { locate } from '../report/code.ts';
import { nameOf } from '../report/data-names.ts';
import { Html, html, type Part, paragraph } from '../report/html.ts';
import { list, seedCount } from '../report/phrases.ts';
import type { RunResults } from '../report/results.ts';
import { type Analysis, analyse } from '../report/statistics.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { contextOf, type Question, type Task } from '../tasks/task.ts';
import { answerCss } from './answer-styles.ts';

/** Builds `answers.html`: two A4 pages when printed. */
export function buildAnswers(
  results: RunResults,
  analysis: Analysis = analyse(results),
  tasks: readonly Task[] = everyTask,
): string {
  const context = contextOf(results, analysis, tasks);
  const answers = tasks.flatMap((task) =>
    (task.questions ?? []).flatMap((question) => {
      const answer = question.answer(context);
      return answer ? [article(task, question, answer)] : [];
    }),
  );
  const names = [...new Set(results.data.map((d) => nameOf(results.data, d.target).long))];
  const synthetic = results.data.some((d) => d.kind === 'synthetic');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transfer learning on chest X-rays: the answers in two pages</title>
<style>${new Html(answerCss())}</style>
</head>
<body>
<main>
<header>
<h1>Transfer learning on chest X-rays: the answers</h1>
<p>Data: ${list(names) || 'none'}. Run: ${results.budget} budget, ${seedCount(results.seeds.length)},
${results.device}, ${results.startedAt.slice(0, 10)}. Scores are of the test
images${results.seeds.length > 1 ? ', mean ± deviation over seeds' : ''}; intervals are 95 %. All tables
and figures: <a href="report.html">report.html</a>.</p>
${
  synthetic &&
  html`<p class="banner"><b>Synthetic data.</b> Phantoms drawn by a generator: nothing here
says anything about patients.</p>`
}
${
  !results.complete &&
  html`<p class="banner"><b>Incomplete run.</b> It was interrupted; these are the
answers so far.</p>`
}
</header>
<div class="answers">
${answers}
</div>
${answers.length === 0 && paragraph('This run holds no trained net yet.')}
</main>
</body>
</html>
`.markup;
}

function article(
  { id: task }: Task,
  { id, question, code }: Question,
  { text, figure }: { text: Part; figure?: Figure },
): Html {
  const links = code.map(locate).map(({ what, file, line, href }) => {
    const name = file.lastIndexOf('/') + 1;
    const folder = html`<span class="folder">code/${file.slice(0, name)}</span>`;
    return html`<span>${what} <a href="${href}">${folder}${file.slice(name)}:${line}</a></span> `;
  });
  return html`<article id="${id}"><h2><a href="report.html#task-${task}">${task}</a> ${question}</h2>
${text}
${figure && drawing(figure)}
<p class="code">${links}</p></article>`;
}

function drawing(figure: Figure): Html {
  const { title, subtitle } = figure;
  return html`<figure><div class="plot scroll" role="group" tabindex="0"
aria-label="Figure: ${title}">${new Html(inlineSvg(figure))}</div>
<figcaption>${title}${subtitle && `. ${subtitle}`}</figcaption></figure>`;
}
