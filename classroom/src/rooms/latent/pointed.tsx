/** An X-ray with what is known of it: the one that is pointed at, and small ones to choose from. */
import { imageSize } from '../../playground/spec.ts';
import { images } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { inputOf } from '../../view/paint.ts';
import { predictedClass } from './confusion.ts';
import { neighbourCount } from './projections.ts';
import { className, imageName, percent } from './say.ts';
import { chosen, fields, neighbourhoods, now, pointed, setFields, shown } from './store.ts';
import { strings } from './strings.ts';

/** True if the truth is known and the net of the shown epoch says something else. */
export const isWrong = (n: number) => {
  const { label } = images.value[n];
  return label !== undefined && label !== predictedClass(now.value!.probabilities[n], fields.value.threshold);
};

/** The X-ray that is pointed at, or else the chosen one. */
export function Card() {
  const t = useStrings(strings);
  const n = pointed.value ?? chosen.value;
  const here = now.value;
  if (n === undefined || !here || !images.value[n]) {
    return (
      <aside class="pointed">
        <h3>{t.xray}</h3>
        <p class="hint">{t.pointAtOne}</p>
      </aside>
    );
  }
  const { label } = images.value[n];
  const probability = here.probabilities[n];
  const wrong = isWrong(n);
  const neighbours = neighboursOf(n);
  return (
    <aside class="pointed" data-image={n}>
      <h3>{imageName(n)}</h3>
      <div class="xray">
        <Xray n={n} />
      </div>
      <dl>
        <dt>{t.truth}</dt>
        <dd>{className(label)}</dd>
        <dt>{t.predicted}</dt>
        <dd>
          {className(predictedClass(probability, fields.value.threshold))}
          {label !== undefined && (
            <b class={wrong ? 'bad' : ''}> {wrong ? `✗ ${t.wrong}` : `✓ ${t.right}`}</b>
          )}
        </dd>
        <dt>{t.probability}</dt>
        <dd>{percent(probability)}</dd>
      </dl>
      {neighbours.length > 0 && (
        <>
          <h3>{t.neighbours}</h3>
          <div class="tiles">
            {neighbours.map((other) => (
              <ImageButton key={other} n={other} />
            ))}
          </div>
        </>
      )}
    </aside>
  );
}

function neighboursOf(n: number): number[] {
  const list = neighbourhoods.value[shown.value]?.neighbours;
  if (!list) return [];
  const k = Math.min(neighbourCount, images.value.length - 1);
  return [...list.subarray(n * k, (n + 1) * k)];
}

function Xray({ n }: { n: number }) {
  return (
    <MapCanvas values={inputOf(images.value[n].pixels)} width={imageSize} height={imageSize} scale={0} />
  );
}

/** An X-ray that can be chosen, with its truth and what the net says. */
export function ImageButton({ n, onChoose }: { n: number; onChoose?: () => void }) {
  const t = useStrings(strings);
  const { label } = images.value[n];
  const probability = now.value?.probabilities[n];
  const name = t.pointName(imageName(n), className(label), percent(probability), isWrong(n));
  return (
    <figure class="choice">
      <button
        type="button"
        class={`tile ${isWrong(n) ? 'wrong' : ''}`}
        data-image={n}
        aria-label={name}
        title={name}
        aria-pressed={chosen.value === n}
        onClick={() => {
          setFields({ image: n });
          onChoose?.();
        }}
      >
        <Xray n={n} />
      </button>
      <figcaption aria-hidden="true">{percent(probability, 0)}</figcaption>
    </figure>
  );
}
