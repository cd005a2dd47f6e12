/** The map that a number is in, large, with what to choose: layer, tensor, image, channel, and the place. */
import type { Place } from '../../model/index.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { Choice } from '../../view/choice.tsx';
import { leadOf, sizeOf } from './maps.ts';
import { Names } from './names.ts';
import { brief } from './numerals.ts';
import { flatIndex, indexOf, type TensorName } from './packed.ts';
import { choose, lesson, map } from './store.ts';
import { strings } from './strings.ts';
import type { MapView } from './types.ts';

/** Maps with no more places show their numbers. */
const mostWritten = 49;

export function LargeMap({ place }: { place: Place }) {
  const t = useStrings(strings);
  const now = lesson.value;
  if (!now) return null;
  const names = new Names(t, now);
  const own = now.layers.find(({ name }) => name === place.layer)!;
  const tensor = own.known.find(({ what }) => what === place.what);
  const known = tensor ? own.known : [...own.known, { ...place, shape: map.value?.shape ?? place.index }];
  const shape = (tensor ?? known.at(-1)!).shape;
  const axes = names.axes(place.layer, place.what, shape.length);
  const lead = leadOf(shape);
  const set = (dim: number, value: number) =>
    choose({ ...place, index: place.index.with(dim, value) }, false);
  return (
    <section class="card large-map" aria-labelledby="map-head">
      <h2 id="map-head">{names.whole(place.layer, place.what)}</h2>
      <div class="fields">
        <Choice
          label={t.layer}
          value={place.layer}
          options={now.layers.map(({ name }) => name)}
          show={(name) => names.layer(name)}
          onChoose={(name) =>
            chooseTensor(place, alike(now.layers.find((each) => each.name === name)!.known, place))
          }
        />
        <Choice
          label={t.tensor}
          value={place.what}
          options={known.map(({ what }) => what)}
          show={(what) => names.tensor(place.layer, what)}
          onChoose={(what) => chooseTensor(place, known.find((each) => each.what === what)!)}
        />
        {axes.slice(0, lead).map((axis, dim) => (
          <Choice
            key={axis}
            label={t.axes[axis]}
            value={place.index[dim]}
            options={Array.from({ length: shape[dim] }, (_, each) => each)}
            onChoose={(value) => set(dim, value)}
          />
        ))}
      </div>
      <Grid place={place} shape={shape} name={names.place(place)} />
      <p class="hint">{t.mapHint}</p>
    </section>
  );
}

/** The tensor of another layer that is most like the one that is shown. */
const alike = (known: readonly TensorName[], { what }: Place) =>
  known.find((each) => each.what === what) ?? known.find((each) => each.what === 'output') ?? known[0];

/** Opens another tensor at the same place, as far as it has one. */
function chooseTensor(place: Place, { layer, what, shape }: TensorName): void {
  const like = place.index.length === shape.length;
  const index = shape.map((size, dim) => (like ? Math.min(size - 1, place.index[dim]) : 0));
  // Activations of one image stay with it.
  if (!like && shape.length > 0 && /^(in|out)put/.test(what))
    index[0] = Math.min(shape[0] - 1, place.index[0] ?? 0);
  choose({ layer, what, index });
}

interface GridProps {
  readonly place: Place;
  readonly shape: readonly number[];
  readonly name: string;
}

function Grid({ place, shape, name }: GridProps) {
  const t = useStrings(strings);
  const lead = leadOf(shape);
  const { rows, columns } = sizeOf(shape);
  const own = shape.slice(lead);
  const length = own.reduce((product, each) => product * each, 1);
  const flat = flatIndex(own, place.index.slice(lead));
  const shown = map.value && isOf(map.value, place) ? map.value : undefined;
  const isXray = place.layer === '0' && place.what === 'input';
  const go = (to: number, step = false) => {
    if (to >= 0 && to < length)
      choose({ ...place, index: [...place.index.slice(0, lead), ...indexOf(own, to)] }, step);
  };
  const click = (event: MouseEvent) => {
    // A key that presses the button has no place.
    if (event.detail === 0) return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const along = (offset: number, size: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
    const row = along(event.clientY - box.top, box.height, rows);
    go(row * columns + along(event.clientX - box.left, box.width, columns));
  };
  const move = (event: KeyboardEvent) => {
    const [row, column] = [Math.floor(flat / columns), flat % columns];
    const { key } = event;
    if (key === 'ArrowLeft' && column > 0) go(flat - 1);
    else if (key === 'ArrowRight' && column < columns - 1) go(flat + 1);
    else if (key === 'ArrowUp' && row > 0) go(flat - columns);
    else if (key === 'ArrowDown') go(flat + columns);
    else if ((key === 'PageDown' || key === 'PageUp') && lead > 0) {
      const channel = place.index[lead - 1] + (key === 'PageDown' ? 1 : -1);
      if (channel >= 0 && channel < shape[lead - 1])
        choose({ ...place, index: place.index.with(lead - 1, channel) }, false);
    } else if (!key.startsWith('Arrow')) return;
    event.preventDefault();
  };
  const [row, column] = [Math.floor(flat / columns), flat % columns];
  return (
    <>
      <div class="frame" style={{ aspectRatio: `${columns} / ${rows}`, '--columns': columns }}>
        <button
          type="button"
          class="large"
          data-shown={shown ? `${place.layer} ${place.what} ${shown.lead}` : ''}
          aria-label={shown ? `${name}: ${brief(shown.values[flat], 4)}` : name}
          onClick={click}
          onKeyDown={move}
        >
          {shown && (
            <MapCanvas
              values={padded(shown)}
              width={columns}
              height={rows}
              scale={isXray ? 0 : shown.largest || 1}
            />
          )}
          <span
            class="cursor"
            style={{
              left: `${(100 * column) / columns}%`,
              top: `${(100 * row) / rows}%`,
              width: `${100 / columns}%`,
              height: `${100 / rows}%`,
            }}
          />
        </button>
        {shown && length <= mostWritten && (
          <span class="written" aria-hidden="true">
            {Array.from(shown.values, (value, at) => (
              <b key={at}>{brief(value, 2)}</b>
            ))}
          </span>
        )}
      </div>
      {shown && !isXray && <p class="hint">{t.scale(brief(shown.largest))}</p>}
    </>
  );
}

const isOf = ({ layer, what, lead }: MapView, place: Place) =>
  layer === place.layer && what === place.what && lead.every((each, dim) => each === place.index[dim]);

/** With zeros at the end of a folded vector. */
export function padded({
  rows,
  columns,
  values,
}: Pick<MapView, 'rows' | 'columns' | 'values'>): Float32Array {
  if (values.length === rows * columns) return values;
  const whole = new Float32Array(rows * columns);
  whole.set(values);
  return whole;
}
