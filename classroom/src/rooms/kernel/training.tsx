/** The net trained twice, with the text of the editor and as it is: their losses. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { dark, language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { formatWhole } from './numbers.ts';
import { verdict, waiting } from './store.ts';
import { strings } from './strings.ts';
import {
  curves,
  mostSteps,
  outdated,
  steps,
  stopTraining,
  train,
  training,
  trainingFailure,
} from './training.ts';

export function TrainingCard() {
  const t = useStrings(strings);
  const runs = verdict.value?.kind === 'judged';
  const resumes = steps.value > 0 && steps.value < mostSteps && !outdated.value;
  return (
    <section class="card training" aria-labelledby="train-head">
      <h2 id="train-head">{t.trainHead}</h2>
      <p class="hint">{t.trainSays}</p>
      <div class="fields">
        {training.value ? (
          <button type="button" class="primary" onClick={stopTraining}>
            {t.stop}
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={!runs || waiting.value}
            onClick={() => void train()}
          >
            {resumes ? t.goOn : t.train}
          </button>
        )}
        <Legend />
      </div>
      {!runs && verdict.value && <p class="hint">{t.needsText}</p>}
      {outdated.value && steps.value > 0 && <p class="hint">{t.outdated}</p>}
      {trainingFailure.value && (
        <p class="says-bad" role="alert">
          {t.trainingFailed(trainingFailure.value)}
        </p>
      )}
      {steps.value > 0 && <Losses />}
      {steps.value > 0 && (
        <p class="hint">
          {t.steps(formatWhole(language.value, steps.value))} · {t.trace}{' '}
          <code id="rivals-trace">{curves.value.trace}</code>
        </p>
      )}
    </section>
  );
}

function useLoss(): (value: number | undefined) => string {
  const t = useStrings(strings);
  const to = language.value;
  return (value) =>
    value === undefined ? '–' : Number.isFinite(value) ? formatNumber(to, value, 4) : t.noNumber;
}

function Legend() {
  const t = useStrings(strings);
  const loss = useLoss();
  const { right, edited } = curves.value;
  return (
    <dl class="legend">
      <div class="as-it-is">
        <dt>{t.asItIs}</dt>
        <dd>{loss(right.at(-1))}</dd>
      </div>
      <div class="with-yours">
        <dt>{t.withYours}</dt>
        <dd>{loss(edited.at(-1))}</dd>
      </div>
    </dl>
  );
}

const plot = signal<typeof import('@observablehq/plot') | undefined>(undefined);
/** A loss above this is drawn at the edge: a training that runs away would flatten the other one. */
const highest = 3;

function Losses() {
  const t = useStrings(strings);
  const loss = useLoss();
  const place = useRef<HTMLDivElement>(null);
  if (!plot.value) void import('@observablehq/plot').then((loaded) => (plot.value = loaded));
  const Plot = plot.value;
  const { right, edited } = curves.value;
  const isDark = dark.value;
  useLayoutEffect(() => {
    const element = place.current!;
    if (!Plot) return;
    const size = parseFloat(getComputedStyle(element).fontSize);
    const points = (values: readonly number[]) =>
      values.map((value, at) => ({ step: at + 1, loss: Number.isFinite(value) ? value : Number.NaN }));
    const top = Math.min(highest, Math.max(0.8, ...[...right, ...edited].filter(Number.isFinite)));
    const chart = Plot.plot({
      width: Math.max(240, element.clientWidth),
      height: 12 * size,
      marginTop: 8,
      marginRight: size,
      marginBottom: 2.1 * size,
      marginLeft: 3.4 * size,
      style: { fontSize: `${Math.max(12, 0.8 * size)}px`, background: 'transparent', overflow: 'visible' },
      x: { domain: [0, Math.max(50, right.length)], label: null, ticks: 5 },
      y: { domain: [0, top], label: null, ticks: 4, grid: true, clamp: true },
      marks: [
        Plot.line(points(right), { x: 'step', y: 'loss', stroke: 'var(--accent)', strokeWidth: 2 }),
        Plot.line(points(edited), {
          x: 'step',
          y: 'loss',
          stroke: 'var(--warm)',
          strokeWidth: 2,
          strokeDasharray: '6 3',
        }),
      ],
    });
    chart.setAttribute('aria-hidden', 'true');
    element.replaceChildren(chart);
  }, [Plot, right, edited, isDark]);
  const count = formatWhole(language.value, right.length);
  return (
    <figure class="chart">
      <figcaption>{t.lossChart}</figcaption>
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={t.chartSays(count, loss(right.at(-1)), loss(edited.at(-1)))}
      />
    </figure>
  );
}
