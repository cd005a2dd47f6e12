import { decimal, html, type Part, table } from '@glassbox/experiments/report-parts';
import type { Sweep } from './cells.ts';
import type { Said } from './long-table.ts';

/** What the rungs of a halving dropped. */
export function rungTable({ metric, rungs }: NonNullable<Sweep['halving']>, said: Said): Part {
  return html`<p>All cells began; after each rung the best by ${metric} went on. The tables below know the cells that
no rung dropped: they were chosen by their seeds’ luck, too, so a difference between configurations that kept different
seeds is not to be trusted.</p>${table(
    ['Rung', 'after epochs', 'cells', 'went on', `worst ${metric} that went on`],
    rungs.map(({ epochs, cells }, rung) => {
      const kept = cells.filter((one) => one.kept);
      const scores = kept.flatMap(({ score }) => score ?? []);
      const worst = metric === 'val.loss' ? Math.max(...scores) : Math.min(...scores);
      return [rung, epochs, cells.length, kept.length, scores.length > 0 ? decimal(worst) : '–'];
    }),
    said('What the rungs dropped; rungs.csv names the cells'),
  )}`;
}
