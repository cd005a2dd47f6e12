/** One number: its value, the formula, the formula with its numbers, pictures, and the kernel's own order. */
import { useMemo } from 'preact/hooks';
import type { Place } from '../../model/index.ts';
import { language, spec } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { FormulaMath, textOf } from './formula-math.tsx';
import { Names } from './names.ts';
import { exact } from './numerals.ts';
import { Operands } from './operands.tsx';
import { Order } from './order.tsx';
import { Formula } from './packed.ts';
import { Pictures } from './pictures.tsx';
import { RuleMath } from './rule-math.tsx';
import { ruleOf } from './rules.ts';
import { Scrolled } from './scrolled.tsx';
import { rules } from './sentences.ts';
import { back, explained, lesson, trail } from './store.ts';
import { strings } from './strings.ts';
import { MaskLine, Softmax, ThreeTerms } from './terms.tsx';
import type { Explained, LessonView } from './types.ts';

export function OneNumber({ place }: { place: Place }) {
  const t = useStrings(strings);
  const now = lesson.value;
  if (!now) return null;
  const names = new Names(t, now);
  const found = explained.value;
  const working = !found || found.place !== place;
  return (
    <section class="card number" aria-labelledby="number-head" aria-busy={working}>
      <Trail names={names} />
      <h2 id="number-head">
        <code>{names.symbol(place)}</code> {!working && <output>= {exact(found.value)}</output>}
      </h2>
      <p class="hint">
        {names.place(place)} ({t.countedFrom0})
      </p>
      <p role="status" class="working">
        {working ? t.working : ''}
      </p>
      {found && (
        <div class={working ? 'older' : ''} inert={working}>
          <Explanation found={found} now={now} names={names} />
        </div>
      )}
    </section>
  );
}

/** Numbers before, to go back to. */
const shownTrail = 4;

function Trail({ names }: { names: Names }) {
  const t = useStrings(strings);
  const before = trail.value;
  if (before.length === 0) return null;
  const first = Math.max(0, before.length - shownTrail);
  return (
    <nav class="trail" aria-label={t.trail}>
      <button type="button" onClick={() => back(before.length - 1)}>
        ← {t.back}
      </button>
      <ol>
        {before.slice(first).map((place, at) => (
          <li key={first + at}>
            <button
              type="button"
              class="link"
              title={t.goTo(names.place(place))}
              onClick={() => back(first + at)}
            >
              {names.layer(place.layer)} {names.symbol(place)}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Explanation({ found, now, names }: { found: Explained; now: LessonView; names: Names }) {
  const t = useStrings(strings);
  const formula = useMemo(() => new Formula(found.formula), [found]);
  const { place, pairing } = found;
  const { optimizer, blocks } = spec.value;
  const rule = ruleOf(now, optimizer, place);
  const layer = now.layers.find(({ name }) => name === rule.layer);
  const block = layer?.kind === 'conv' ? blocks[layer.number - 1] : undefined;
  const given = formula.part(formula.root).kind === 'element' && found.kernels.length === 0;
  return (
    <>
      <p class="visually-hidden" aria-live="polite">
        {t.said(names.place(place), exact(found.value), given ? t.saidGiven : textOf(formula, formula.root))}
      </p>
      <div class="rule-text">
        <h3>
          {t.formula} <small>{names.layer(rule.layer)}</small>
        </h3>
        <p>{rules[language.value][rule.name]}</p>
        <Scrolled name={t.formula}>
          <RuleMath name={rule.name} block={block} />
        </Scrolled>
        {given ? (
          <p class="hint">{t.given}</p>
        ) : (
          <>
            <h3>{t.formulaHere}</h3>
            <Scrolled name={t.formulaHere}>
              <FormulaMath formula={formula} id={formula.root} />
            </Scrolled>
          </>
        )}
        {found.mask && <MaskLine mask={found.mask} names={names} />}
        {rule.name === 'normInputGradient' && <ThreeTerms formula={formula} />}
        {rule.name === 'lossInputGradient' && <Softmax found={found} now={now} />}
      </div>
      {pairing && (
        <Pictures key={`${place.layer} ${place.what}`} pairing={pairing} names={names} value={found.value} />
      )}
      <Operands operands={found.operands} names={names} />
      {!given && (
        <Order key={`${names.symbol(place)}`} formula={formula} kernels={found.kernels} names={names} />
      )}
    </>
  );
}
