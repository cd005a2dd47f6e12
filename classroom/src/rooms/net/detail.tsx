/** The chosen map, large, with its values, and the filters that make it. */
import { useSignal } from '@preact/signals';
import { language, selected, strings } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { nameOf } from '../../view/names.ts';
import { scaleOf } from '../../view/paint.ts';
import { mapOf } from './network.tsx';
import { shown } from './sides.ts';

export function Detail() {
  const walk = shown.value;
  const pixel = useSignal({ row: 14, column: 14 });
  if (!walk) return null;
  const t = strings.value;
  const { layer: index, channel } = selected.value;
  const layer = walk.layers[index];
  const isMap = layer?.output.shape.length === 3 && channel < layer.output.shape[0];
  const [, height, width] = walk.input.shape;
  const map = isMap ? mapOf(layer, channel) : { values: walk.input.values, width, height };
  const name = isMap ? t.mapName(nameOf(layer), channel + 1) : t.input;
  const scale = isMap ? scaleOf(layer.output.values) : 0;
  const row = Math.min(map.height - 1, pixel.value.row);
  const column = Math.min(map.width - 1, pixel.value.column);
  const value = map.values[row * map.width + column];
  const digits = (number: number) => formatNumber(language.value, number, 4);

  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = (offset: number, size: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
    pixel.value = {
      row: at(event.clientY - box.top, box.height, map.height),
      column: at(event.clientX - box.left, box.width, map.width),
    };
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    pixel.value = {
      row: Math.min(map.height - 1, Math.max(0, row + by[0])),
      column: Math.min(map.width - 1, Math.max(0, column + by[1])),
    };
  };
  const said = `${t.pixel(row + 1, column + 1)}: ${digits(value)}`;

  return (
    <section class="card detail" aria-labelledby="detail-head">
      <h2 id="detail-head">{t.detail}</h2>
      <div class="parts">
        <div>
          <h3 class="map-name">{name}</h3>
          <button
            type="button"
            class="large"
            aria-label={`${name}. ${said}`}
            onPointerMove={point}
            onPointerDown={point}
            onKeyDown={move}
          >
            <MapCanvas {...map} scale={scale} />
            <span
              class="cursor"
              style={{
                left: `${(100 * column) / map.width}%`,
                top: `${(100 * row) / map.height}%`,
                width: `${100 / map.width}%`,
                height: `${100 / map.height}%`,
              }}
            />
          </button>
          <p class="value">
            <span>{t.pixel(row + 1, column + 1)}</span> <b>{digits(value)}</b>
          </p>
          {scale > 0 && <p class="hint">{t.scale(formatNumber(language.value, scale, 2))}</p>}
        </div>
        {isMap && layer.kind === 'conv' && <Filters index={index} channel={channel} />}
      </div>
      <p class="hint">{t.detailHint}</p>
    </section>
  );
}

/** The filters of one output channel: [C,3,3]. */
function Filters({ index, channel }: { index: number; channel: number }) {
  const t = strings.value;
  const { weight, bias } = shown.value!.layers[index];
  if (!weight) return null;
  const [, channels, height, width] = weight.shape;
  const size = height * width;
  const own = weight.values.subarray(channel * channels * size, (channel + 1) * channels * size);
  const scale = scaleOf(own);
  const digits = (number: number) => formatNumber(language.value, number, 2);
  return (
    <div class="filters">
      <h3>{t.filters}</h3>
      <ol>
        {Array.from({ length: channels }, (_, c) => {
          const values = own.subarray(c * size, (c + 1) * size);
          const text = [...values].map(digits);
          return (
            <li key={c}>
              <div class="filter" role="img" aria-label={`${c + 1}: ${text.join('  ')}`}>
                <MapCanvas values={values} width={width} height={height} scale={scale} />
                {channels <= 4 && (
                  <span class="numbers" aria-hidden="true">
                    {text.map((number, i) => (
                      <b key={i}>{number}</b>
                    ))}
                  </span>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      {bias && <p class="hint">{t.bias(formatNumber(language.value, bias.values[channel], 4))}</p>}
    </div>
  );
}
