/** The brush: the X-ray to paint on, tools, and what the net says of it. */
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { Choice } from '../../view/choice.tsx';
import { nameOf } from '../../view/names.ts';
import { scaleOf } from '../../view/paint.ts';
import { tools } from './brush.ts';
import { copyPicture, Easel } from './easel.tsx';
import type { MapLayer } from './epochs.ts';
import {
  brush,
  history,
  layer,
  look,
  lookProblem,
  originalLook,
  overlay,
  overlayOpacity,
  overlays,
  reset,
  target,
  undo,
} from './painting.ts';
import { className, percent, points } from './say.ts';
import { strings } from './strings.ts';

export function Brush() {
  const t = useStrings(strings);
  return (
    <section class="card brush" aria-labelledby="brush-head">
      <h2 id="brush-head">{t.brush}</h2>
      <p class="hint">{t.brushHint}</p>
      <div class="parts">
        <div class="easel">
          <Easel />
          <Verdict />
        </div>
        <div class="tools">
          <Tools />
          <Maps />
        </div>
      </div>
      <Formulas />
    </section>
  );
}

/** The probability, and how much it has changed. */
function Verdict() {
  const t = useStrings(strings);
  const [is, was] = [look.value?.probabilities[1], originalLook.value?.probabilities[1]];
  if (lookProblem.value) return <p class="bad">{t.notAnswered(lookProblem.value)}</p>;
  return (
    <div class="verdict">
      <p>
        <span>{t.probability}</span> <b id="painted">{percent(is)}</b>
      </p>
      <div class="gauge" aria-hidden="true">
        <span class="bar" style={{ inlineSize: percentOf(is) }} />
        <span class="mark" style={{ insetInlineStart: percentOf(was) }} />
      </div>
      <p class="hint">
        {t.original} {percent(was)} ·{' '}
        <b id="painted-change">{is !== undefined && was !== undefined ? t.points(points(is - was)) : '–'}</b>
      </p>
    </div>
  );
}

const percentOf = (share = 0) => `${100 * share}%`;

function Tools() {
  const t = useStrings(strings);
  const now = brush.value;
  const seen = look.value;
  return (
    <>
      <div class="fields">
        <Choice
          label={t.tool}
          value={now.tool}
          options={tools}
          show={(name) => t.tools[name]}
          onChoose={(tool) => {
            brush.value = { ...now, tool };
          }}
        />
        <Slider
          label={t.radius}
          value={now.radius}
          range={[1, 10, 0.5]}
          say={String}
          onInput={(radius) => {
            brush.value = { ...now, radius };
          }}
        />
        <Slider
          label={t.strength}
          value={now.opacity}
          range={[0.05, 1, 0.05]}
          say={(value) => percent(value, 0)}
          onInput={(opacity) => {
            brush.value = { ...now, opacity };
          }}
        />
      </div>
      <div class="fields">
        <button type="button" disabled={history.value.length === 0} onClick={undo}>
          {t.undo}
        </button>
        <button type="button" onClick={reset}>
          {t.reset}
        </button>
        <button type="button" disabled={!seen} onClick={() => void copyPicture(t)}>
          {t.copy}
        </button>
      </div>
      <div class="fields">
        <Choice
          label={t.overlay}
          value={overlay.value}
          options={overlays}
          show={(name) => t.overlays[name]}
          onChoose={(name) => {
            overlay.value = name;
          }}
        />
        <Choice
          label={t.explained}
          value={target.value}
          options={[0, 1]}
          show={className}
          onChoose={(name) => {
            target.value = name;
          }}
        />
        <Slider
          label={t.overlayStrength}
          value={overlayOpacity.value}
          range={[0, 1, 0.05]}
          say={(value) => percent(value, 0)}
          onInput={(value) => {
            overlayOpacity.value = value;
          }}
        />
        {seen && (
          <Choice
            label={t.layer}
            value={seen.layer.index}
            options={seen.layers.map(({ index }) => index)}
            show={(index) => nameOf(seen.layers.find((each) => each.index === index) as MapLayer)}
            onChoose={(index) => {
              layer.value = index;
            }}
          />
        )}
      </div>
    </>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  /** From, to, and between two values. */
  readonly range: readonly [number, number, number];
  readonly say: (value: number) => string;
  readonly onInput: (value: number) => void;
}

function Slider({ label, value, range: [min, max, step], say, onInput }: SliderProps) {
  return (
    <label class="field slider">
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={say(value)}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
      />
      <b aria-hidden="true">{say(value)}</b>
    </label>
  );
}

function Maps() {
  const t = useStrings(strings);
  const seen = look.value;
  if (!seen) return null;
  const [channels, height, width] = seen.maps.shape;
  const { values } = seen.maps;
  const scale = scaleOf(values);
  const name = nameOf(seen.layer);
  return (
    <>
      <h3>{t.maps(name)}</h3>
      <ol class="tiles maps">
        {Array.from({ length: channels }, (_, k) => (
          <li key={k}>
            <div class="tile" role="img" aria-label={t.mapName(name, k + 1)}>
              <MapCanvas
                values={values.subarray(k * height * width, (k + 1) * height * width)}
                width={width}
                height={height}
                scale={scale}
              />
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function Formulas() {
  const t = useStrings(strings);
  return (
    <details class="formulas">
      <summary>{t.formulas}</summary>
      <p class="formula">gradient = ∂y / ∂x</p>
      <p class="hint">{t.gradientSays}</p>
      <p class="formula">
        α<sub>k</sub> = 1/Z · Σ<sub>i,j</sub> ∂y / ∂A<sub>k,i,j</sub> &nbsp; Grad-CAM = ReLU( Σ<sub>k</sub> α
        <sub>k</sub> A<sub>k</sub> )
      </p>
      <p class="hint">{t.camSays}</p>
    </details>
  );
}
