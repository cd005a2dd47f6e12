/** A training step in four clicks: forward, loss, backward, update; what each makes of every layer. */
import { language, lesson, lessonBusy, lessonNext, strings } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import { nameOf } from '../../view/names.ts';
import { montage, scaleOf } from '../../view/paint.ts';
import { type Band, bands, type LessonLayer } from '../../worker/desk.ts';

const stages = ['forward', 'loss', 'backward', 'update'] as const;

export function StepABatch() {
  const t = strings.value;
  const now = lesson.value;
  const next = (stages.indexOf(now?.done ?? 'update') + 1) % stages.length;
  return (
    <section class="card batch" aria-labelledby="batch-head">
      <h2 id="batch-head">{t.stepABatch}</h2>
      <p class="hint">{t.stepABatchHint}</p>
      <div class="stages">
        {stages.map((stage, index) => (
          <button
            key={stage}
            type="button"
            class={index === next ? 'primary' : ''}
            disabled={index !== next || lessonBusy.value}
            onClick={lessonNext}
          >
            {index + 1}. {t.stages[stage]}
          </button>
        ))}
        {now?.loss !== undefined && (
          <p>
            {t.loss} <b id="lesson-loss">{formatNumber(language.value, now.loss, 6)}</b>
          </p>
        )}
      </div>
      {now && (
        <>
          <p role="status" class="hint">
            {t.stageSays[now.done]}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
          <section class="scroll" tabIndex={0} aria-label={`${t.stepABatch}: ${t.network}`}>
            <table class={`lesson ${now.done}`}>
              <thead>
                <tr>
                  <td />
                  {now.layers.map((layer) => (
                    <th key={`${layer.kind}${layer.number}`} scope="col">
                      {nameOf(layer)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {bands
                  .filter((band) => now.layers.some(({ tensors }) => tensors[band]))
                  .map((band) => (
                    <tr key={band}>
                      <th scope="row">{t.bands[band]}</th>
                      {now.layers.map((layer, index) => (
                        <Cell
                          key={`${layer.kind}${layer.number} ${now.rounds}`}
                          layer={layer}
                          band={band}
                          order={isBackward(band) ? now.layers.length - index : index}
                        />
                      ))}
                    </tr>
                  ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  );
}

/** Gradients are computed from the last layer to the first. */
const isBackward = (band: Band) => band === 'outputGradient' || band === 'weightGradient';

function Cell({ layer, band, order }: { layer: LessonLayer; band: Band; order: number }) {
  const found = layer.tensors[band];
  if (!found) return <td />;
  const { width, height, values } = montage(found);
  const scale = scaleOf(found.values);
  const largest = formatNumber(language.value, largestOf(found.values), 4);
  const name = `${nameOf(layer)}, ${strings.value.bands[band]}, ${strings.value.largest(largest)}`;
  return (
    <td style={{ '--order': order }}>
      <div
        class="cell"
        role="img"
        aria-label={name}
        style={{ '--shape': Math.min(6, Math.max(0.25, width / height)) }}
      >
        <MapCanvas values={values} width={width} height={height} scale={scale} />
      </div>
      <small>± {largest}</small>
    </td>
  );
}

const largestOf = (values: Float32Array) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
