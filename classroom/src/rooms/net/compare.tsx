/** Two nets side by side: the maps and weights of the chosen layer, and how far each layer has moved. */
import { isFrozen } from '../../playground/fork.ts';
import type { LayerView, Values } from '../../playground/training.ts';
import { comparison, language, selected, spec } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { nameOf } from '../../view/names.ts';
import { montage, scaleOf } from '../../view/paint.ts';
import { Lock } from './lock.tsx';
import { choice, choices, minus, type Sides, sameLayer, shown, sides } from './sides.ts';
import { strings } from './strings.ts';

/** What A and B are called. */
function useNames({ kind, a, b }: Sides) {
  const t = useStrings(strings);
  if (kind === 'fork') return { ...t.runs, difference: t.difference };
  return { a: `A: ${t.stepNumber(a.steps)}`, b: `B: ${t.stepNumber(b.steps)}`, difference: t.difference };
}

/** What the net is drawn of. */
export function SideChoice() {
  const both = sides.value;
  return both ? <SideButtons both={both} /> : null;
}

function SideButtons({ both }: { readonly both: Sides }) {
  const t = useStrings(strings);
  const names = useNames(both);
  return (
    <fieldset class="side-choice">
      <legend>{t.shows}</legend>
      {choices.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={choice.value === name}
          onClick={() => (choice.value = name)}
        >
          {names[name]}
        </button>
      ))}
    </fieldset>
  );
}

export function Compare() {
  const both = sides.value;
  return both ? <Comparison both={both} /> : null;
}

function Comparison({ both }: { readonly both: Sides }) {
  const t = useStrings(strings);
  const chosen = shown.value?.layers[selected.value.layer] ?? both.b.walk.layers[0];
  const a = sameLayer(both.a.walk, chosen);
  const b = sameLayer(both.b.walk, chosen);
  return (
    <section class="card compare" aria-labelledby="compare-head">
      <h2 id="compare-head">{both.kind === 'fork' ? t.twoRuns : t.twoSteps}</h2>
      <div class="compare-parts">
        <div class="layer">
          <h3>{nameOf(chosen)}</h3>
          {a && b ? <LayerPair both={both} a={a} b={b} /> : <p class="hint">{t.onlyOne}</p>}
          <p class="hint">{t.chooseLayer}</p>
        </div>
        <Moved both={both} />
      </div>
    </section>
  );
}

/** Outputs and weights of a layer: of A, of B, and their difference. A and B have one scale, the difference its own. */
function LayerPair({ both, a, b }: { readonly both: Sides; readonly a: LayerView; readonly b: LayerView }) {
  const t = useStrings(strings);
  const names = useNames(both);
  const output = minus(b.output, a.output);
  const weight = minus(b.weight, a.weight);
  const difference = output && { ...b, output, weight, bias: null };
  const scale = (...values: (Values | null)[]) =>
    Math.max(...values.map((each) => (each ? scaleOf(each.values) : 0)));
  const rows = [
    { name: names.a, layer: a, outputs: scale(a.output, b.output), weights: scale(a.weight, b.weight) },
    { name: names.b, layer: b, outputs: scale(a.output, b.output), weights: scale(a.weight, b.weight) },
    ...(difference
      ? [{ name: names.difference, layer: difference, outputs: scale(output), weights: scale(weight) }]
      : []),
  ];
  const isWeighted = a.weight !== null && b.weight !== null;
  const name = `${both.kind === 'fork' ? t.twoRuns : t.twoSteps}: ${nameOf(b)}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by arrow keys
    <section class="scroll" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{b.output.shape.length === 3 ? t.maps : t.values}</th>
            {isWeighted && <th scope="col">{t.weights}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, layer, outputs, weights }) => (
            <tr key={name}>
              <th scope="row">
                {name}
                <small>{t.largestValue(formatNumber(language.value, outputs, 3))}</small>
              </th>
              <td>
                <Outputs layer={layer} scale={outputs} />
              </td>
              {isWeighted && (
                <td>{layer.weight && <Weights weight={layer.weight} scale={weights} name={name} />}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Outputs({ layer, scale }: { readonly layer: LayerView; readonly scale: number }) {
  const { shape, values } = layer.output;
  if (shape.length !== 3) {
    return (
      <div class="strip-lying" role="img" aria-label={`${nameOf(layer)}: ${shape[0]}`}>
        <MapCanvas values={values} width={shape[0]} height={1} scale={scale} />
      </div>
    );
  }
  const picture = inARow(layer.output);
  const chosen = Math.min(selected.value.channel, shape[0] - 1);
  return (
    <div
      class="maps-row"
      role="img"
      aria-label={`${nameOf(layer)}: ${shape.join('×')}`}
      style={{ '--count': shape[0], '--shape': picture.width / picture.height }}
    >
      <MapCanvas {...picture} scale={scale} />
      <span class="chosen" style={{ '--number': chosen }} />
    </div>
  );
}

/** Maps [C,H,W] beside each other as one picture, with a column of zeros between. */
function inARow({ shape: [count, height, width], values }: Values) {
  const fullWidth = count * (width + 1) - 1;
  const picture = new Float32Array(fullWidth * height);
  for (let row = 0; row < count * height; row++) {
    const [channel, y] = [Math.floor(row / height), row % height];
    picture.set(values.subarray(row * width, (row + 1) * width), y * fullWidth + channel * (width + 1));
  }
  return { values: picture, width: fullWidth, height };
}

function Weights(props: { readonly weight: Values; readonly scale: number; readonly name: string }) {
  const { weight, scale, name } = props;
  const t = useStrings(strings);
  const picture = montage(weight);
  const { width, height } = picture;
  return (
    <div
      class="weights-box"
      style={{ '--shape': width / height }}
      role="img"
      aria-label={`${name}, ${t.weights}: ${weight.shape.join('×')}`}
    >
      <MapCanvas {...picture} scale={scale} />
    </div>
  );
}

/** How far weights are apart, layer by layer. */
function Moved({ both }: { readonly both: Sides }) {
  const t = useStrings(strings);
  const { fork } = comparison.value;
  const learnt = both.b.walk.layers.flatMap((layer, index) =>
    layer.weight ? [{ layer, index, before: sameLayer(both.a.walk, layer) }] : [],
  );
  const digits = (value: number) =>
    value === 0 ? '0' : value.toLocaleString(language.value, { maximumSignificantDigits: 3 });
  const apart = (layer: LayerView, before: LayerView | undefined) => {
    const parts = before && [minus(layer.weight, before.weight), minus(layer.bias, before.bias)];
    const values = parts?.flatMap((part) => (part ? [...part.values] : [])) ?? [];
    if (values.length === 0) return undefined;
    const sizes = values.map(Math.abs);
    return {
      most: sizes.reduce((a, b) => Math.max(a, b), 0),
      mean: sizes.reduce((a, b) => a + b, 0) / sizes.length,
    };
  };
  return (
    <div class="moved">
      <h3>{t.movedHead}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by arrow keys */}
      <section class="scroll" tabIndex={0} aria-label={t.movedHead}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.layer}</th>
              {both.moved && <th scope="col">{t.movedSince(t.runs.a)}</th>}
              {both.moved && <th scope="col">{t.movedSince(t.runs.b)}</th>}
              <th scope="col">{t.largestDifference}</th>
              <th scope="col">{t.meanDifference}</th>
            </tr>
          </thead>
          <tbody>
            {learnt.map(({ layer, index, before }) => {
              const frozen = fork !== undefined && isFrozen(spec.value, fork, layer);
              const difference = apart(layer, before);
              const place = before ? both.a.walk.layers.indexOf(before) : -1;
              return (
                <tr key={nameOf(layer)} data-moved={nameOf(layer)}>
                  <th scope="row">
                    {nameOf(layer)}
                    {frozen && <Lock label={t.frozen} />}
                  </th>
                  {both.moved && <td>{place < 0 ? '–' : digits(both.moved.a[place])}</td>}
                  {both.moved && <td class={frozen ? 'frozen' : ''}>{digits(both.moved.b[index])}</td>}
                  <td>{difference ? digits(difference.most) : '–'}</td>
                  <td>{difference ? digits(difference.mean) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p class="hint">{t.movedHint}</p>
    </div>
  );
}
