/** The versions of a ladder, measured here and now: a table, bars, and their places under the roofline. */
import { language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import type { Climbed } from './bench.ts';
import { Busy } from './busy.tsx';
import { bandwidthsOf, barsOf, rooflineOf } from './charts.ts';
import { Figure } from './figure.tsx';
import { climb, climbed, job, ladder } from './store.ts';
import { strings } from './strings.ts';
import { ladderNames } from './target.ts';

export function LadderCard() {
  const t = useStrings(strings);
  const name = ladder.value;
  const found = climbed.value[name];
  return (
    <section class="card ladder" aria-labelledby="time-ladder">
      <h2 id="time-ladder">{t.ladder}</h2>
      <p class="hint">{t.ladderHint}</p>
      <div class="fields">
        <Choice
          label={t.ladderOf}
          value={name}
          options={ladderNames}
          disabled={job.value?.what === 'climb'}
          onChoose={(next) => (ladder.value = next)}
        />
        <button
          type="button"
          class="primary"
          id="time-climb"
          disabled={job.value !== undefined}
          onClick={climb}
        >
          {t.run}
        </button>
        <Busy what="climb" />
      </div>
      {found && <Rungs name={name} found={found} />}
    </section>
  );
}

function Rungs({ name, found }: { readonly name: string; readonly found: Climbed }) {
  const t = useStrings(strings);
  const number = (value: number, digits: number) => formatNumber(language.value, value, digits);
  const { results, roofline } = found;
  const { cache, memory } = bandwidthsOf(roofline);
  const roofs = t.roofs(number(roofline.flops / 1e9, 1), number(cache / 1e9, 1), number(memory / 1e9, 1));
  return (
    <>
      <div class="charts">
        <Figure title={t.bars(name)} plot={barsOf(results)} />
        <Figure title={t.roofline(name)} plot={rooflineOf(results, roofline, t.intensity)} note={roofs} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section class="scroll" tabIndex={0} aria-label={t.bars(name)}>
        <table class="figures" id="time-rungs">
          <thead>
            <tr>
              {(['version', 'us', 'quartiles', 'gflops', 'gain', 'inAll', 'adds'] as const).map((column) => (
                <th key={column} scope="col" class={column === 'adds' ? 'words' : undefined}>
                  {t.columns[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {results.map((r) => (
              <tr key={r.version}>
                <th scope="row">{r.version}</th>
                <td>{number(1000 * r.ms, 1)}</td>
                <td>{r.msQuartiles.map((ms) => number(1000 * ms, 1)).join(' – ')}</td>
                <td>{number(r.gflops, 2)}</td>
                <td>{number(r.gain, 2)}</td>
                <td>{number(r.gainOverNaive, 1)}</td>
                <td class="words">{r.adds}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
