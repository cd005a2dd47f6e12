/** A training step in four clicks: forward, loss, backward, update; what each makes of every layer. */

import type { Values } from '../../playground/training.ts';
import { language, strings as pageStrings } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { Choice } from '../../view/choice.tsx';
import { montage, scaleOf } from '../../view/paint.ts';
import { Names } from './names.ts';
import { brief } from './numerals.ts';
import { indexOf } from './packed.ts';
import { Scrolled } from './scrolled.tsx';
import { at, busy, choose, isActivation, lesson, look, next } from './store.ts';
import { strings } from './strings.ts';
import { type Band, bands, type LessonLayer, type LessonView } from './types.ts';

const stages = ['forward', 'loss', 'backward', 'update'] as const;

export function StepABatch() {
  const t = useStrings(strings);
  const now = lesson.value;
  const following = (now?.parts ?? 0) % stages.length;
  return (
    <section class="card batch" aria-labelledby="batch-head">
      <h2 id="batch-head">{t.head}</h2>
      <p class="hint">{t.hint}</p>
      <div class="stages">
        {stages.map((stage, index) => (
          <button
            key={stage}
            type="button"
            class={index === following ? 'primary' : ''}
            disabled={index !== following || busy.value}
            onClick={next}
          >
            {index + 1}. {t.stages[stage]}
          </button>
        ))}
        {now && <ImageChoice now={now} />}
        {now?.loss !== undefined && (
          <p>
            {t.batchLoss} <b id="lesson-loss">{formatNumber(language.value, now.loss, 6)}</b>
          </p>
        )}
        {now && now.parts >= 4 && <p class="hint">{t.round(Math.floor(now.parts / 4))}</p>}
      </div>
      <p role="status" class="hint">
        {busy.value ? t.computing : now && t.stageSays[now.done]}
      </p>
      {now && <Table now={now} />}
    </section>
  );
}

function ImageChoice({ now }: { now: LessonView }) {
  const t = useStrings(strings);
  return (
    <Choice
      label={t.image}
      value={now.image}
      options={now.labels.map((_, image) => image)}
      show={(image) => t.imageName(image, pageStrings.value.classes[now.labels[image]])}
      onChoose={look}
    />
  );
}

function Table({ now }: { now: LessonView }) {
  const t = useStrings(strings);
  const names = new Names(t, now);
  const shown = bands.filter((band) => now.layers.some(({ tensors }) => tensors[band]));
  const round = Math.floor((now.parts - 1) / 4);
  const layers = now.layers.length;
  return (
    <Scrolled name={`${t.head}: ${t.network}`}>
      <table class={`lesson ${now.done}`}>
        <thead>
          <tr key={now.parts}>
            <td />
            <th scope="col" class={now.done === 'forward' ? 'turn' : ''} style={{ '--order': 0 }}>
              {t.xray}
            </th>
            {now.layers.map(({ name, kind }, index) => (
              <th
                key={name}
                scope="col"
                class={(kind === 'loss') === (now.done === 'loss') ? 'turn' : ''}
                style={{ '--order': orderOf(kind, now.done, index, layers) }}
              >
                {names.layer(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((band) => (
            <tr key={band}>
              <th scope="row">{t.bands[band]}</th>
              {band === 'output' ? (
                <Cell
                  key={`input ${round}`}
                  name={names.whole('0', 'input')}
                  picture={now.input}
                  place={{ layer: '0', what: 'input', image: now.image }}
                  order={0}
                />
              ) : (
                <td />
              )}
              {now.layers.map((layer, index) => (
                <LayerCell
                  key={`${layer.name} ${round}`}
                  layer={layer}
                  names={names}
                  band={band}
                  image={now.image}
                  order={orderOf(layer.kind, band, index, layers)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

/** When its turn is: gradients are computed from the last layer to the first, and the loss at once. */
function orderOf(kind: LessonLayer['kind'], what: Band | LessonView['done'], index: number, layers: number) {
  if (kind === 'loss') return 0;
  const isBackward = what === 'outputGradient' || what === 'weightGradient' || what === 'backward';
  return isBackward ? layers - index - 1 : index + 1;
}

interface LayerCellProps {
  readonly layer: LessonLayer;
  readonly names: Names;
  readonly band: Band;
  readonly image: number;
  readonly order: number;
}

function LayerCell({ layer, names, band, image, order }: LayerCellProps) {
  const found = layer.tensors[band];
  if (!found) return <td />;
  return (
    <Cell
      name={names.whole(layer.name, band)}
      picture={found}
      place={{ layer: layer.name, what: band, image }}
      order={order}
    />
  );
}

interface CellProps {
  readonly name: string;
  readonly picture: Values;
  readonly place: { readonly layer: string; readonly what: string; readonly image: number };
  readonly order: number;
}

function Cell({ name, picture, place: { layer, what, image }, order }: CellProps) {
  const t = useStrings(strings);
  const { width, height, values } = montage(picture);
  const isXray = layer === '0' && what === 'input';
  const scale = isXray ? 0 : scaleOf(picture.values);
  const largest = brief(largestOf(picture.values));
  const place = at.value;
  const open = () => {
    const { shape } = picture;
    const middle = indexOf(shape, middleOf(picture));
    choose({ layer, what, index: isActivation(what) && shape.length > 0 ? [image, ...middle] : middle });
    // The map may stand below the end of the window.
    requestAnimationFrame(() =>
      document.querySelector('.room-numbers .looked-at')?.scrollIntoView({ block: 'start' }),
    );
  };
  return (
    <td style={{ '--order': order }}>
      <button
        type="button"
        class="cell"
        aria-label={`${t.openMap(name)}, ${t.largest(largest)}`}
        aria-pressed={place?.layer === layer && place.what === what}
        data-layer={layer}
        data-what={what}
        style={{ '--shape': Math.min(6, Math.max(0.25, width / height)) }}
        onClick={open}
      >
        <MapCanvas values={values} width={width} height={height} scale={scale} />
      </button>
      <small>
        {isXray ? '' : picture.values.length === 1 ? brief(picture.values[0], 4) : `± ${largest}`}
      </small>
    </td>
  );
}

/** The element that is opened first: the middle of the first map or filter, the first of a vector. */
function middleOf({ shape }: Values): number {
  if (shape.length < 3) return 0;
  const [height, width] = shape.slice(-2);
  return Math.floor(height / 2) * width + Math.floor(width / 2);
}

const largestOf = (values: Float32Array) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
