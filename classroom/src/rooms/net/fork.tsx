/** What the second run does other than the first. */
import { forkedSpec } from '../../playground/fork.ts';
import { bounds, type Changes, type Fork, fits, optimizers } from '../../playground/spec.ts';
import { compare, comparison, strings as page, spec } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import { numbersToChoose, optimizerNames, percent } from './choices.ts';
import { Lock } from './lock.tsx';
import { strings } from './strings.ts';

export function ForkSettings() {
  const { fork } = comparison.value;
  return fork ? <Settings fork={fork} /> : null;
}

function Settings({ fork }: { readonly fork: Fork }) {
  const t = useStrings(strings);
  const p = page.value;
  const first = spec.value;
  const second = forkedSpec(first, fork);
  /** Begins the second run anew with another setting; one that is as in the first run is no change. */
  const change = (part: Changes) => {
    const all = Object.entries({ ...fork.changes, ...part });
    const changes = Object.fromEntries(all.filter(([name, value]) => first[name as keyof Changes] !== value));
    compare({ fork: { ...fork, changes } });
  };
  const freeze = (unit: number, isFrozen: boolean) => {
    const others = fork.frozen.filter((each) => each !== unit);
    const frozen = isFrozen ? [...others, unit].sort((a, b) => a - b) : others;
    compare({ fork: { ...fork, frozen } });
  };
  const changed = (name: keyof Changes) => (name in fork.changes ? ' *' : '');
  const number = (name: keyof Changes & keyof typeof numbersToChoose, show?: (value: number) => string) => (
    <Choice
      label={p[name] + changed(name)}
      value={second[name]}
      options={numbersToChoose[name]}
      show={show}
      disabled={name === 'momentum' && second.optimizer !== 'sgd'}
      onChoose={(value) => change({ [name]: value })}
    />
  );
  const units = [...first.blocks.keys()].map((index) => ({ unit: index + 1, name: p.blockName(index + 1) }));
  units.push({ unit: first.blocks.length + 1, name: t.lastLayer });
  return (
    <section class="card fork" aria-labelledby="fork-head">
      <h2 id="fork-head">{t.forkHead(fork.at)}</h2>
      <p class="hint">{t.forkHint}</p>
      <fieldset class="fields">
        <legend>{t.freeze}</legend>
        {units.map(({ unit, name }) => (
          <label key={unit} class="field check">
            <input
              type="checkbox"
              checked={fork.frozen.includes(unit)}
              onChange={({ currentTarget }) => freeze(unit, currentTarget.checked)}
            />
            <span>
              {fork.frozen.includes(unit) && <Lock label={t.frozen} />}
              {name}
            </span>
          </label>
        ))}
      </fieldset>
      <div class="fields">
        <label class="field check">
          <input
            type="checkbox"
            checked={second.batchNorm}
            onChange={({ currentTarget }) => change({ batchNorm: currentTarget.checked })}
          />
          <span>{p.batchNorm + changed('batchNorm')}</span>
        </label>
        {number('lr')}
        <Choice
          label={p.optimizer + changed('optimizer')}
          value={second.optimizer}
          options={optimizers}
          show={(name) => optimizerNames[name]}
          onChoose={(optimizer) => change({ optimizer })}
        />
        {number('momentum')}
        {number('decay')}
        {number('dropout', percent)}
        {number('noise', percent)}
        <label class="field">
          <span>{p.seed + changed('seed')}</span>
          <input
            type="number"
            min={bounds.seed.low}
            max={bounds.seed.high}
            value={second.seed}
            onChange={({ currentTarget }) => {
              const seed = Number(currentTarget.value);
              if (currentTarget.value !== '' && fits('seed', seed)) change({ seed });
              else currentTarget.value = String(second.seed);
            }}
          />
        </label>
      </div>
      <ul class="notes hint">
        {Object.keys(fork.changes).length > 0 && <li>{t.changedNote}</li>}
        {'seed' in fork.changes && <li>{fork.at === 0 ? t.seedNote : t.seedLaterNote}</li>}
        {'batchNorm' in fork.changes && <li>{second.batchNorm ? t.normNote : t.noNormNote}</li>}
        {'optimizer' in fork.changes && <li>{t.optimizerNote}</li>}
        {fork.frozen.length > 0 && second.batchNorm && <li>{t.freezeNote}</li>}
      </ul>
    </section>
  );
}
