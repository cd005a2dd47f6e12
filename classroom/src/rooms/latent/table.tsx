/** The dots as a table, for those who do not see them. */
import { useSignal } from '@preact/signals';
import { images, language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { predictedClass } from './confusion.ts';
import { isWrong } from './pointed.tsx';
import { className, imageName, percent } from './say.ts';
import { chosen, fields, layout, now, setFields } from './store.ts';
import { strings } from './strings.ts';

export function Table() {
  const t = useStrings(strings);
  const isOpen = useSignal(false);
  const here = now.value;
  const found = layout.value;
  const place = (n: number) =>
    found ? [0, 1].map((c) => formatNumber(language.value, found[2 * n + c], 2)).join(' / ') : '–';
  return (
    <details
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>{t.table}</summary>
      {isOpen.value && here && here.probabilities.length === images.value.length && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
        <section class="scroll" tabIndex={0} aria-label={t.table}>
          <table>
            <thead>
              <tr>
                {[t.number, t.truth, t.probability, t.predicted, t.place].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {images.value.map(({ label }, n) => (
                <tr key={n}>
                  <th scope="row">
                    <button
                      type="button"
                      aria-pressed={chosen.value === n}
                      onClick={() => setFields({ image: n })}
                    >
                      {imageName(n)}
                    </button>
                  </th>
                  <td>{className(label)}</td>
                  <td>{percent(here.probabilities[n])}</td>
                  <td>
                    {className(predictedClass(here.probabilities[n], fields.value.threshold))}
                    {isWrong(n) && `, ${t.wrong}`}
                  </td>
                  <td>{place(n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
