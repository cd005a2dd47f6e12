/** The own kernel against the built-in one. */
import { language, link, notice } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import type { Comparison } from './bench.ts';
import { Busy } from './busy.tsx';
import {
  climbed,
  compare,
  comparison,
  compiled,
  grid,
  job,
  ownText,
  rounds,
  target,
  text,
  unlinked,
} from './store.ts';
import { strings } from './strings.ts';
import { parseSizes } from './target.ts';

const roundsToChoose = [10, 30, 100];

async function copy(words: string, done: string, failed: string): Promise<void> {
  notice.value = await navigator.clipboard.writeText(words).then(
    () => done,
    () => failed,
  );
}

export function Against() {
  const t = useStrings(strings);
  const current = compiled.value?.text === text.value && compiled.value.result.ok;
  const ready = target.value.kind === 'kernel' && current && job.value === undefined;
  return (
    <section class="card against" aria-labelledby="time-against">
      <h2 id="time-against">{t.against}</h2>
      <p class="hint">{t.againstHint}</p>
      <div class="fields">
        <Choice
          label={t.rounds}
          value={rounds.value}
          options={roundsToChoose}
          onChoose={(count) => (rounds.value = count)}
        />
        <label class="field">
          <span>{t.grid}</span>
          <input
            id="time-grid"
            type="text"
            size={12}
            placeholder={t.gridAuto}
            value={grid.value}
            onChange={({ currentTarget }) => {
              const { value } = currentTarget;
              if (value === '' || parseSizes(value)?.length === 3) grid.value = value;
              else currentTarget.value = grid.value;
            }}
          />
        </label>
        <button type="button" class="primary" id="time-measure" disabled={!ready} onClick={compare}>
          {t.measure}
        </button>
        <Busy what="compare" />
        <Copies />
      </div>
      {ownText.value === undefined && target.value.kind === 'kernel' && <p class="hint">{t.unchanged}</p>}
      {unlinked.value && <p class="hint">{t.tooLong}</p>}
      {comparison.value && <Result found={comparison.value} />}
    </section>
  );
}

/** Copies of what was measured, and a link to the kernel. */
function Copies() {
  const t = useStrings(strings);
  const found = comparison.value?.kind === 'measured' ? comparison.value : undefined;
  const ladders = Object.entries(climbed.value);
  const has = found !== undefined || ladders.length > 0;
  const markdown = () =>
    [...(found ? [found.markdown] : []), ...ladders.map(([, ladder]) => ladder.markdown)].join('\n\n');
  const json = () => ({
    browser: navigator.userAgent,
    ...(found && { comparison: found.result }),
    ladders: Object.fromEntries(
      ladders.map(([name, { results, roofline }]) => [name, { roofline, results }]),
    ),
  });
  return (
    <>
      <button type="button" disabled={!has} onClick={() => copy(markdown(), t.copied, t.notCopied)}>
        {t.copyMarkdown}
      </button>
      <button
        type="button"
        disabled={!has}
        onClick={() => copy(JSON.stringify(json(), null, 1), t.copied, t.notCopied)}
      >
        {t.copyJson}
      </button>
      <button type="button" disabled={unlinked.value} onClick={() => copy(link(), t.linkCopied, t.notCopied)}>
        {t.copyLink}
      </button>
    </>
  );
}

function Result({ found }: { readonly found: Comparison }) {
  const t = useStrings(strings);
  const number = (value: number, digits: number) => formatNumber(language.value, value, digits);
  if (found.kind === 'refused') {
    return (
      <pre role="alert" class="message bad" id="time-result">
        {found.reason}
      </pre>
    );
  }
  if (found.kind === 'wrong') {
    const { buffer, index, got, expected, count, of, padding } = found.wrong;
    const [who, place] = [t.who[found.who], `${buffer}[${index.join(', ')}]`];
    return (
      <p role="alert" class="message bad" id="time-result">
        {padding ? t.padding(who, place, String(got)) : t.wrong(who, place, String(got), String(expected))}{' '}
        {t.wrongCount(count, of)}
      </p>
    );
  }
  const { own, builtIn, speedup, speedupQuartiles, noisy, note } = found.result;
  const [low, high] = speedupQuartiles.map((value) => number(value, 3));
  return (
    <div id="time-result" role="status">
      <p>
        {t.right} <b>{t.speedup(number(speedup, 3), low, high)}</b> {noisy && t.noisy}
      </p>
      {note && (
        <p class="hint">
          {t.gridNote}
          {note}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section class="scroll" tabIndex={0} aria-label={t.against}>
        <table class="figures">
          <thead>
            <tr>
              {(['kernel', 'us', 'quartiles', 'gflops', 'gb', 'roof'] as const).map((name) => (
                <th key={name} scope="col">
                  {t.columns[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[
              { who: t.own, side: own },
              { who: t.builtIn, side: builtIn },
            ].map(({ who, side }) => (
              <tr key={who}>
                <th scope="row">{who}</th>
                <td>{number(1000 * side.ms, 1)}</td>
                <td>{side.msQuartiles.map((ms) => number(1000 * ms, 1)).join(' – ')}</td>
                <td>{number(side.gflops, 2)}</td>
                <td>{number(side.gbPerSec, 1)}</td>
                <td>{number(100 * side.roofShare, 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
