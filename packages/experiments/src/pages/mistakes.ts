/** Where the nets are wrong: the most confident mistakes, and the images that no net gets right. */
import { CLASS_NAMES } from '../figures/embeddings.ts';
import { type Context, figure, type Section } from '../report/context.ts';
import { Html, html, type Part, paragraph, table } from '../report/html.ts';
import { mistakesOf, shownRows } from '../report/mistakes.ts';
import { list, percent, whole } from '../report/phrases.ts';
import { TARGETS, type Target } from '../report/results.ts';

/** A section of its own, since it is of all tasks. */
export function mistakes(context: Context): Section | undefined {
  const parts = TARGETS.flatMap((target) => ofTarget(context, target) ?? []);
  if (parts.length === 0) return undefined;
  return {
    id: 'mistakes',
    title: 'Worst answers',
    body: html`${paragraph(
      'The wrong answers at 0.5 that each net was surest of, one net for each recipe (the first seed). ' +
        'They are looked at after everything was chosen; nothing was tuned by them.',
    )}${parts}`,
  };
}

function ofTarget(context: Context, target: Target): Part {
  const { results } = context;
  const nets = shownRows(results)
    .filter((row) => row.target === target)
    .flatMap((row) => {
      const found = mistakesOf(row, results);
      return found ? [{ row, found, wrong: [...found.falseAlarms, ...found.misses] }] : [];
    });
  if (nets.length === 0) return undefined;
  const name = context.names[target];
  const [zero, one] = CLASS_NAMES[target];
  const times = new Map<number, number>();
  for (const { wrong } of nets) for (const { row } of wrong) times.set(row, (times.get(row) ?? 0) + 1);
  const always = [...times].filter(([, count]) => count === nets.length).map(([row]) => row);
  const n = nets[0].row.test.n;
  return html`<h3>${name.short}</h3>
${figure(context, `${target}-mistakes`) ?? new Html('')}
${table(
  ['Net', 'seed', 'wrong', `${zero}, called ${one}`, `${one}, called ${zero}`],
  nets.map(({ row, found, wrong }) => [
    row.name,
    row.seed,
    `${wrong.length} (${percent(wrong.length / n)})`,
    found.falseAlarms.length,
    found.misses.length,
  ]),
  `Wrong answers at 0.5 on the ${whole(n)} test images of ${name.long}`,
)}
${
  nets.length > 1
    ? paragraph(
        always.length === 0
          ? `No image is answered wrongly by all ${nets.length} nets.`
          : `${whole(always.length)} ${always.length === 1 ? 'image is' : 'images are'} answered wrongly ` +
              `by all ${nets.length} nets (rows ${list(shownNumbers(always))}): what the nets share ` +
              '(labels, training images, the threshold of 0.5, the few pixels) is a likelier cause there ' +
              'than any one training.',
      )
    : undefined
}`;
}

function shownNumbers(rows: readonly number[], most = 12): string[] {
  const sorted = [...rows].sort((a, b) => a - b);
  const shown = sorted.slice(0, most).map(String);
  return sorted.length > most ? [...shown, `${whole(sorted.length - most)} more`] : shown;
}
