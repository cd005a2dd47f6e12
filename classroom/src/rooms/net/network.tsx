/** The net, layer by layer, with the map of every channel at the image that is looked at. */
import { effect, type ReadonlySignal, useComputed } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LayerView, Walk } from '../../playground/training.ts';
import { dark, selected, strings } from '../../store.ts';
import { nameOf } from '../../view/names.ts';
import { Drawing } from './drawing.ts';

/** One map of a layer: part of its values. */
export function mapOf({ output }: LayerView, channel: number) {
  const [, height, width] = output.shape;
  const size = height * width;
  return { values: output.values.subarray(channel * size, (channel + 1) * size), width, height };
}

/** Kinds and shapes of all layers: while they stay, new values need a new drawing and nothing else. */
const formOf = ({ layers }: Walk) => layers.map(({ kind, output }) => `${kind} ${output.shape}`).join();

export function Network({ walk }: { walk: ReadonlySignal<Walk | undefined> }) {
  const form = useComputed(() => walk.value && formOf(walk.value)).value;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (!form || !canvas.current || !frame.current) return undefined;
    const drawing = new Drawing(canvas.current, frame.current);
    const draw = () => {
      const now = walk.value;
      if (now && formOf(now) === form) drawing.draw(now, dark.value);
    };
    const stop = effect(draw);
    const observer = new ResizeObserver(() => {
      drawing.measure();
      draw();
    });
    for (const element of [frame.current, ...frame.current.children]) {
      if (element !== canvas.current) observer.observe(element);
    }
    return () => {
      stop();
      observer.disconnect();
    };
  }, [form]);
  const now = walk.peek();
  if (!form || !now) return <div class="net waiting">{strings.value.opening}</div>;
  return (
    <div class="scroll">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the buttons inside */}
      <div class="net" ref={frame} style={sizesOf(now)} onKeyDown={(event) => move(event, now)}>
        <canvas class="maps" ref={canvas} />
        <InputColumn shape={now.input.shape} />
        {now.layers.map((layer, index) => (
          <Column key={`${layer.kind}${layer.number}`} layer={layer} index={index} />
        ))}
      </div>
    </div>
  );
}

/** How many layers and tiles stand side by side. */
function sizesOf({ layers }: Walk) {
  const tiles = layers.map(({ output }) => (output.shape.length === 3 ? columnsOf(output.shape[0]) : 0.7));
  return {
    '--layers': layers.length,
    '--tiles': 2 + tiles.reduce((sum, each) => sum + Math.max(1.3, each), 0),
  };
}

/** Channels stand in columns of eight. */
const columnsOf = (channels: number) => Math.ceil(channels / 8);

function InputColumn({ shape }: { shape: readonly number[] }) {
  return (
    <section class="column input" data-layer={-1} aria-label={strings.value.input}>
      <h3>
        {strings.value.input}
        <small>{shape.join('×')}</small>
      </h3>
      <div class="tiles" style={{ '--columns': 1 }}>
        <Tile layer={-1} channel={0} name={strings.value.input} />
      </div>
    </section>
  );
}

/** A layer: a tile for each of its maps, or a strip with a line for each feature. The canvas behind fills them. */
function Column({ layer, index }: { layer: LayerView; index: number }) {
  const { shape } = layer.output;
  const name = nameOf(layer);
  const isMaps = shape.length === 3;
  return (
    <section class={`column ${layer.kind} ${isMaps ? '' : 'vector'}`} data-layer={index} aria-label={name}>
      <h3>
        {name}
        <small>{shape.join('×')}</small>
      </h3>
      {isMaps ? (
        <div class="tiles" style={{ '--columns': columnsOf(shape[0]) }}>
          {Array.from({ length: shape[0] }, (_, channel) => (
            <Tile
              key={channel}
              layer={index}
              channel={channel}
              name={strings.value.mapName(name, channel + 1)}
            />
          ))}
        </div>
      ) : (
        <div class="strip" role="img" aria-label={`${name}: ${shape[0]}`} />
      )}
    </section>
  );
}

function Tile({ layer, channel, name }: { layer: number; channel: number; name: string }) {
  const chosen = selected.value.layer === layer && selected.value.channel === channel;
  return (
    <button
      type="button"
      class="tile"
      data-channel={channel}
      aria-label={name}
      aria-pressed={chosen}
      tabIndex={chosen ? 0 : -1}
      onClick={() => {
        selected.value = { layer, channel };
      }}
    />
  );
}

/** Arrow keys go up and down through channels, left and right through layers. */
function move(event: KeyboardEvent, walk: Walk): void {
  const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (!by || !(event.target as Element).matches('.tile')) return;
  event.preventDefault();
  const channelsOf = (layer: number) => {
    const shape = layer < 0 ? walk.input.shape : (walk.layers[layer]?.output.shape ?? []);
    return shape.length === 3 ? shape[0] : 0;
  };
  const layer = selected.value.layer + by[0];
  const channels = channelsOf(layer);
  if (channels === 0) return;
  const channel = Math.min(channels - 1, Math.max(0, selected.value.channel + by[1]));
  selected.value = { layer, channel };
  const frame = event.currentTarget as Element;
  frame.querySelector<HTMLElement>(`[data-layer="${layer}"] [data-channel="${channel}"]`)?.focus();
}
