/** Parts of formulas that have names: the three terms of batch norm, and what softmax and cross-entropy take apart. */
import { strings as pageStrings } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import type { Names } from './names.ts';
import { brief, exact } from './numerals.ts';
import type { Formula } from './packed.ts';
import { Scrolled } from './scrolled.tsx';
import { choose } from './store.ts';
import { strings } from './strings.ts';
import type { Explained, LessonView, Mask } from './types.ts';

/** What lets a number pass, or stops it. */
export function MaskLine({ mask, names }: { mask: Mask; names: Names }) {
  const t = useStrings(strings);
  const { kind, passes, place, value } = mask;
  return (
    <p class="mask">
      {t.mask[kind](passes)}{' '}
      <button type="button" class="link" title={t.goTo(names.place(place))} onClick={() => choose(place)}>
        <code>{names.symbol(place)}</code> {exact(value)}
      </button>{' '}
      {kind === 'relu' && (passes ? t.mask.above : t.mask.below)}
    </p>
  );
}

/** γ / σ times the sum of what arrives and two terms: as the kernel computed them. */
export function ThreeTerms({ formula }: { formula: Formula }) {
  const t = useStrings(strings);
  const whole = formula.part(formula.root);
  const inner =
    whole.kind === 'operation' && whole.name === 'multiply' ? formula.part(whole.args[0]) : undefined;
  // Where ReLU gave 0 the kernel leaves a 0, and there are no terms.
  if (whole.kind !== 'operation' || inner?.kind !== 'sum' || inner.count !== 2) return null;
  const start = formula.part(inner.start).value;
  const [mean, spread] = [0, 1].map((number) => {
    const { left, right, minus } = formula.term(inner.id, number);
    const product = formula.part(left).value * (right === undefined ? 1 : formula.part(right).value);
    return minus ? -product : product;
  });
  const factor = formula.part(whole.args[1]).value;
  const rows = [
    [t.terms.arrives, start],
    [t.terms.mean, mean],
    [t.terms.spread, spread],
  ] as const;
  return (
    <div class="terms">
      <h3>{t.terms.head}</h3>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{brief(value, 4)}</dd>
          </div>
        ))}
        <div class="total">
          <dt>
            ({brief(start)} + {bracketed(mean)} + {bracketed(spread)}) · γ/σ = {bracketed(inner.value)} ·{' '}
            {brief(factor)}
          </dt>
          <dd>{brief(whole.value, 4)}</dd>
        </div>
      </dl>
    </div>
  );
}

const bracketed = (value: number) => (value < 0 ? `(${brief(value)})` : brief(value));

/** The row of the image: logits, probabilities, the right class, and the gradient. */
export function Softmax({ found, now }: { found: Explained; now: LessonView }) {
  const t = useStrings(strings);
  const [image, chosen] = found.place.index;
  const logits = found.operands.find(({ shape, lead }) => shape.length === 2 && lead[0] === image)?.values;
  if (!logits) return null;
  const largest = Math.max(...logits);
  const shares = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return (
    <Scrolled name={t.softmaxHead}>
      <table class="softmax">
        <caption>{t.softmaxHead}</caption>
        <thead>
          <tr>
            {t.softmaxColumns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shares.map((share, k) => {
            const hot = Number(now.labels[image] === k);
            return (
              <tr key={k} aria-current={k === chosen}>
                <th scope="row">
                  {k} {pageStrings.value.classes[k]}
                </th>
                <td>{brief(logits[k], 4)}</td>
                <td>{brief(share / total, 4)}</td>
                <td>{hot}</td>
                <td>
                  ({brief(share / total)} − {hot}) / {now.labels.length} ={' '}
                  {brief((share / total - hot) / now.labels.length, 4)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolled>
  );
}
