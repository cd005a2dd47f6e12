/** The confusion matrix at a threshold, and the X-rays of one of its cells. */
import { useSignal } from '@preact/signals';
import { images } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { confusionOf, imagesIn } from './confusion.ts';
import { ImageButton } from './pointed.tsx';
import { className, percent } from './say.ts';
import { fields, now, setFields } from './store.ts';
import { strings } from './strings.ts';

const classes = [0, 1] as const;

export function Matrix() {
  const t = useStrings(strings);
  const cell = useSignal({ truth: 1, predicted: 0 });
  const { threshold } = fields.value;
  const labels = images.value.map(({ label }) => label);
  const probabilities = now.value?.probabilities;
  if (labels.every((label) => label === undefined)) {
    return (
      <section class="card matrix" aria-labelledby="matrix-head">
        <h2 id="matrix-head">{t.matrix}</h2>
        <p class="hint">{t.noLabels}</p>
      </section>
    );
  }
  const known = probabilities?.length === labels.length ? { labels, probabilities } : undefined;
  const found = known && confusionOf(known, threshold);
  const { truth, predicted } = cell.value;
  const inCell = known ? imagesIn(known, threshold, cell.value) : [];
  return (
    <section class="card matrix" aria-labelledby="matrix-head">
      <h2 id="matrix-head">{t.matrix}</h2>
      <p class="hint">{t.matrixHint}</p>
      <label class="field slider">
        <span>{t.threshold}</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.01}
          value={threshold}
          aria-valuetext={percent(threshold, 0)}
          onInput={({ currentTarget }) => setFields({ threshold: Number(currentTarget.value) })}
        />
        <b aria-hidden="true">{percent(threshold, 0)}</b>
      </label>
      <table>
        <thead>
          <tr>
            <td />
            {classes.map((each) => (
              <th key={each} scope="col">
                <small>{t.predicted}</small> {className(each)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((row) => (
            <tr key={row}>
              <th scope="row">
                <small>{t.truth}</small> {className(row)}
              </th>
              {classes.map((column) => {
                const count = found?.counts[row][column] ?? 0;
                const share = count / ((found?.counts[row][0] ?? 0) + (found?.counts[row][1] ?? 0));
                const isChosen = row === truth && column === predicted;
                return (
                  <td key={column}>
                    <button
                      type="button"
                      class={`cell ${row === column ? 'right' : 'wrong'}`}
                      style={{ '--share': Number.isNaN(share) ? 0 : share }}
                      aria-pressed={isChosen}
                      data-cell={`${row}${column}`}
                      onClick={() => {
                        cell.value = { truth: row, predicted: column };
                      }}
                    >
                      <span class="visually-hidden">{t.cellName(className(row), className(column))}: </span>
                      <b>{count}</b> <span>{percent(share, 0)}</span>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <dl class="scores">
        {(['sensitivity', 'specificity', 'accuracy'] as const).map((name) => (
          <div key={name}>
            <dt>{t[name]}</dt>
            <dd id={`latent-${name}`}>{percent(found?.[name])}</dd>
          </div>
        ))}
      </dl>
      <h3>{t.inCell(className(truth), className(predicted), inCell.length)}</h3>
      {inCell.length === 0 ? (
        <p class="hint">{t.empty}</p>
      ) : (
        <section
          class="tiles gallery"
          aria-label={t.inCell(className(truth), className(predicted), inCell.length)}
        >
          {inCell.map((n) => (
            <ImageButton key={n} n={n} onChoose={showBrush} />
          ))}
        </section>
      )}
    </section>
  );
}

/** Brings the brush into view where the page is narrow and it lies below. */
function showBrush(): void {
  document.querySelector('.room-latent .brush')?.scrollIntoView({ block: 'nearest' });
}
