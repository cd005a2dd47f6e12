/** What the net is and how it is trained. */
import { type BoundName, bounds, fits, maxBlocks, optimizers, type Spec } from '../../playground/spec.ts';
import { change, spec, strings } from '../../store.ts';
import { Choice } from '../../view/choice.tsx';
import { numbersToChoose, optimizerNames, percent } from './choices.ts';

export function Settings() {
  const t = strings.value;
  const now = spec.value;
  const number = (name: keyof typeof numbersToChoose, show?: (value: number) => string, disabled = false) => (
    <Choice
      label={t[name]}
      value={now[name] as number}
      options={numbersToChoose[name]}
      show={show}
      disabled={disabled}
      onChoose={(value) => change({ [name]: value } as Partial<Spec>)}
    />
  );
  return (
    <section class="card settings" aria-labelledby="settings-head">
      <h2 id="settings-head">{t.settings}</h2>
      <div class="fields">
        {number('labels')}
        {number('noise', percent)}
        <Choice
          label={t.optimizer}
          value={now.optimizer}
          options={optimizers}
          show={(name) => optimizerNames[name]}
          onChoose={(optimizer) => change({ optimizer })}
        />
        {number('lr')}
        {number('momentum', undefined, now.optimizer !== 'sgd')}
        {number('decay')}
        {number('batch')}
        {number('dropout', percent)}
        <label class="field">
          <span>{t.seed}</span>
          <input
            type="number"
            min={bounds.seed.low}
            max={bounds.seed.high}
            value={now.seed}
            onChange={({ currentTarget }) => {
              const seed = Number(currentTarget.value);
              if (currentTarget.value !== '' && fits('seed', seed)) change({ seed });
              else currentTarget.value = String(now.seed);
            }}
          />
        </label>
        <label class="field check">
          <input
            type="checkbox"
            checked={now.batchNorm}
            onChange={({ currentTarget }) => change({ batchNorm: currentTarget.checked })}
          />
          <span>{t.batchNorm}</span>
        </label>
      </div>
      <Blocks />
    </section>
  );
}

const parts = {
  channels: [1, 2, 4, 8, 16, 32],
  stride: [1, 2, 3],
  padding: [0, 1, 2],
} as const satisfies Partial<Record<BoundName, readonly number[]>>;

function Blocks() {
  const t = strings.value;
  const { blocks } = spec.value;
  const replace = (index: number, part: object) =>
    change({ blocks: blocks.map((block, i) => (i === index ? { ...block, ...part } : block)) });
  return (
    <div class="blocks">
      <h3>{t.convolutions}</h3>
      <ol>
        {blocks.map((block, index) => (
          <li key={index}>
            <fieldset>
              <legend>{t.blockName(index + 1)}</legend>
              {(['channels', 'stride', 'padding'] as const).map((name) => (
                <Choice
                  key={name}
                  label={t[name]}
                  value={block[name]}
                  options={parts[name]}
                  onChoose={(value) => replace(index, { [name]: value })}
                />
              ))}
              {blocks.length > 1 && (
                <button
                  type="button"
                  class="remove"
                  aria-label={t.removeBlock(index + 1)}
                  title={t.removeBlock(index + 1)}
                  onClick={() => change({ blocks: blocks.filter((_, i) => i !== index) })}
                >
                  ×
                </button>
              )}
            </fieldset>
          </li>
        ))}
      </ol>
      {blocks.length < maxBlocks && (
        <button
          type="button"
          onClick={() => change({ blocks: [...blocks, { channels: 8, stride: 1, padding: 1 }] })}
        >
          + {t.addBlock}
        </button>
      )}
    </div>
  );
}
