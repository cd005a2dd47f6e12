import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { buildAnswers } from '../../src/pages/index.ts';
import { codeText } from '../../src/platform/node.ts';
import { locate } from '../../src/report/code.ts';
import { analyse, emptyResults } from '../../src/report/index.ts';
import { TASK_IDS } from '../../src/tasks/ids.ts';
import { codePlaces, type Question } from '../../src/tasks/task.ts';
import { fakedTasks, fakeRun } from './fake-run.ts';

/** Questions of the tasks that the fake run has, by id. */
const questions = new Map<string, Question>(
  fakedTasks.flatMap((task) => (task.questions ?? []).map((question) => [question.id, question])),
);

const small = { points: 16, iterations: 5 } as const;

describe('the answers in two pages', () => {
  const run = fakeRun({ ...small, seeds: 2 });
  const { document } = parseHTML(buildAnswers(run, analyse(run, { resamples: 50 })));
  const articles = Array.from(document.querySelectorAll('article'));

  it('holds each question of the sheet, its answer and its figure, in the sheet’s order', () => {
    expect(articles.map((article) => article.id)).toEqual([...questions.keys()]);
    for (const article of articles) {
      expect(article.querySelector('h2')!.textContent).toMatch(/^(1a|1b|1c|2a|2b|2c|3) \S.*[?.]$/);
      expect(article.querySelector('p')!.textContent!.length, article.id).toBeGreaterThan(120);
      expect(article.querySelector('svg')!.getAttribute('aria-label')!.length).toBeGreaterThan(20);
      expect(article.querySelector('figcaption')!.textContent).not.toBe('');
    }
    expect(document.body.textContent).not.toMatch(/\bNaN\b|undefined|Infinity|\[object/);
  });

  it('links to the long report and to the code, where each line holds what the link says', () => {
    const links = Array.from(document.querySelectorAll('a'), (a) => [a.getAttribute('href')!, a] as const);
    expect(links.filter(([href]) => href.startsWith('report.html')).length).toBe(1 + articles.length);
    const code = links.filter(([href]) => href.startsWith('code/'));
    expect(code).toHaveLength(codePlaces(fakedTasks).length);
    for (const article of articles) {
      const places = questions.get(article.id)!.code;
      const own = Array.from(article.querySelectorAll('.code a'));
      own.forEach((a, i) => {
        const [, file, line] = /^code\/(.+)#L(\d+)$/.exec(a.getAttribute('href')!)!;
        expect(file).toBe(places[i].file);
        expect(codeText(file).split('\n')[Number(line) - 1].trim().startsWith(places[i].says)).toBe(true);
        expect(a.textContent).toBe(`code/${file}:${line}`);
        // Where the submission packs code from.
        expect(file).toMatch(/^packages\/[^/]+\/src\/.*\.ts$/);
      });
    }
  });

  it('refuses a place that is gone or is not the only one', () => {
    const place = { what: 'x', file: 'packages/experiments/src/report/code.ts' };
    expect(() => locate({ ...place, says: 'export function gone(' })).toThrow(/0 lines of .* begin with/);
    expect(() => locate({ ...place, says: 'export ' })).toThrow(/correct the place that a question/);
  });

  it.each(TASK_IDS.map((task) => [task]))('task %s alone', (task) => {
    const html = buildAnswers(fakeRun({ ...small, tasks: [task], seeds: 1 }));
    expect(html).not.toMatch(/\bNaN\b|undefined|Infinity|\[object/);
  });

  it('of nothing', () => {
    const empty = emptyResults({
      startedAt: '2026-01-01T00:00:00Z',
      device: 'wasm',
      adapter: 'wasm',
      budget: 'quick',
      tasks: ['1a'],
      seeds: [0],
      versions: {},
    });
    expect(buildAnswers(empty)).toContain('no trained net yet');
  });

  it('escapes what comes from outside', () => {
    const hostile = fakeRun({ ...small, seeds: 1 });
    for (const row of hostile.rows) row.name = '<img src=x>"';
    hostile.data[0].file = '<script>alert(1)</script>';
    const page = parseHTML(buildAnswers(hostile)).document;
    expect(page.querySelectorAll('img,script')).toHaveLength(0);
  });
});
