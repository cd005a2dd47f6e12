/** A net as a row of layers: which are frozen, and how far the weights of each have moved. */
import type { LayerChange } from '@glassbox/experiments/page';
import { language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import type { TrainingView } from './messages.ts';
import { strings } from './strings.ts';

export function Layers({ training: { name, phase, layers } }: { readonly training: TrainingView }) {
  const t = useStrings(strings);
  const head = t.layersHead(name, phase);
  const most = Math.max(...layers.map(({ largest }) => largest));
  return (
    <div>
      <h3>{head}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label={head}>
        <ol class="layers">
          {layers.map((layer) => (
            <Layer key={layer.layer} layer={layer} most={most} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Layer({ layer, most }: { readonly layer: LayerChange; readonly most: number }) {
  const t = useStrings(strings);
  const { layer: name, frozen, weights, changed, largest, statistics } = layer;
  const whole = (count: number) => formatNumber(language.value, count, 0);
  const change = (value: number) => value.toLocaleString(language.value, { maximumSignificantDigits: 3 });
  const said = t.changedOf(whole(changed), whole(weights));
  return (
    <li
      data-layer={name}
      data-frozen={frozen}
      data-largest={largest}
      data-changed={changed}
      class={frozen ? 'frozen' : ''}
      title={said}
    >
      <b>{name}</b>
      <span class="state">
        <Lock closed={frozen} />
        {frozen ? t.frozen : t.trains}
      </span>
      <small>{t.weights(whole(weights))}</small>
      <span class="moved" aria-hidden="true">
        <span style={{ inlineSize: `${largest > 0 ? 4 + (96 * largest) / most : 0}%` }} />
      </span>
      <small>{changed === 0 ? t.changeZero : t.change(change(largest))}</small>
      {statistics !== undefined && <small>{t.statistics(change(statistics))}</small>}
    </li>
  );
}

function Lock({ closed }: { readonly closed: boolean }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" class="lock">
      <rect x="3" y="7" width="10" height="8" rx="1.5" fill="currentColor" />
      <path
        d={closed ? 'M5 7V5a3 3 0 0 1 6 0v2' : 'M5 7V5a3 3 0 0 1 5.8-1'}
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
      />
    </svg>
  );
}
