/** The net, layer by layer, with the map of every channel at the image that is looked at. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LayerView, Walk } from '../../playground/training.ts';
import { dark, selected, snapshot, strings } from '../../store.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { nameOf } from '../../view/names.ts';
import { scaleOf } from '../../view/paint.ts';
import { drawEdges } from './edges.ts';

/** One map of a layer: part of its values. */
export function mapOf({ output }: LayerView, channel: number) {
  const [, height, width] = output.shape;
  const size = height * width;
  return { values: output.values.subarray(channel * size, (channel + 1) * size), width, height };
}

export function Network() {
  const walk = snapshot.value?.walk;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useLayoutEffect(() => {
    if (!walk || !frame.current || !canvas.current) return undefined;
    const draw = () => drawEdges(canvas.current!, frame.current!, walk, isDark);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, [walk, isDark]);
  if (!walk) return <div class="net waiting">{strings.value.opening}</div>;
  return (
    <div class="scroll">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between the buttons inside */}
      <div class="net" ref={frame} style={sizesOf(walk)} onKeyDown={(event) => move(event, walk)}>
        <canvas class="edges" ref={canvas} />
        <InputColumn walk={walk} />
        {walk.layers.map((layer, index) =>
          layer.output.shape.length === 3 ? (
            <MapColumn key={`${layer.kind}${layer.number}`} layer={layer} index={index} />
          ) : (
            <VectorColumn key={`${layer.kind}${layer.number}`} layer={layer} index={index} />
          ),
        )}
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

function InputColumn({ walk }: { walk: Walk }) {
  const { values, shape } = walk.input;
  return (
    <section class="column input" data-layer={-1} aria-label={strings.value.input}>
      <h3>
        {strings.value.input}
        <small>{shape.join('×')}</small>
      </h3>
      <div class="tiles" style={{ '--columns': 1 }}>
        <Tile layer={-1} channel={0} name={strings.value.input}>
          <MapCanvas values={values} width={shape[2]} height={shape[1]} scale={0} />
        </Tile>
      </div>
    </section>
  );
}

function MapColumn({ layer, index }: { layer: LayerView; index: number }) {
  const [channels] = layer.output.shape;
  const name = nameOf(layer);
  const scale = scaleOf(layer.output.values);
  return (
    <section class={`column ${layer.kind}`} data-layer={index} aria-label={name}>
      <h3>
        {name}
        <small>{layer.output.shape.join('×')}</small>
      </h3>
      <div class="tiles" style={{ '--columns': columnsOf(channels) }}>
        {Array.from({ length: channels }, (_, channel) => (
          <Tile key={channel} layer={index} channel={channel} name={strings.value.mapName(name, channel + 1)}>
            <MapCanvas {...mapOf(layer, channel)} scale={scale} />
          </Tile>
        ))}
      </div>
    </section>
  );
}

/** Features as a strip, one line for each. */
function VectorColumn({ layer, index }: { layer: LayerView; index: number }) {
  const { values, shape } = layer.output;
  const name = nameOf(layer);
  return (
    <section class={`column vector ${layer.kind}`} data-layer={index} aria-label={name}>
      <h3>
        {name}
        <small>{shape[0]}</small>
      </h3>
      <div class="strip" role="img" aria-label={`${name}: ${shape[0]}`}>
        <MapCanvas values={values} width={1} height={shape[0]} scale={scaleOf(values)} />
      </div>
    </section>
  );
}

function Tile(props: { layer: number; channel: number; name: string; children: preact.ComponentChildren }) {
  const { layer, channel, name, children } = props;
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
    >
      {children}
    </button>
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
