/** Play, pause and the like; how far the training is, and what the net says of the X-ray. */
import {
  device,
  failure,
  image,
  language,
  link,
  notice,
  pace,
  paces,
  pause,
  play,
  playing,
  restart,
  setPace,
  snapshot,
  step,
  strings,
} from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { Choice } from '../../view/choice.tsx';
import type { OpenedDevice } from '../../worker/messages.ts';

async function copyLink(): Promise<void> {
  const t = strings.value;
  notice.value = await navigator.clipboard.writeText(link()).then(
    () => t.copied,
    () => t.notCopied,
  );
}

export function Controls() {
  const t = strings.value;
  const isPlaying = playing.value;
  const ready = snapshot.value !== undefined && !failure.value;
  return (
    <section class="card controls" aria-label={t.training}>
      <button type="button" class="primary" disabled={!ready} onClick={isPlaying ? pause : play}>
        <span aria-hidden="true">{isPlaying ? '❚❚' : '►'}</span> {isPlaying ? t.pause : t.play}
      </button>
      <button type="button" disabled={!ready || isPlaying} onClick={step}>
        {t.step}
      </button>
      <button type="button" disabled={!ready} onClick={restart}>
        {t.restart}
      </button>
      <Choice label={t.pace} value={pace.value} options={paces} show={t.paces} onChoose={setPace} />
      <button type="button" disabled={!ready} onClick={copyLink}>
        {t.copyLink}
      </button>
      <Status />
    </section>
  );
}

function Status() {
  const t = strings.value;
  const now = snapshot.value;
  const info = device.value;
  const epoch = now && formatNumber(language.value, now.steps / now.stepsPerEpoch, 1);
  const rate = now?.playing && now.steps > 0 ? t.rate(Math.round(now.stepsPerSecond)) : '';
  return (
    <div class="status">
      <p>
        <b id="steps">{now ? t.status(now.steps, epoch!, rate) : t.opening}</b>{' '}
        {now && (
          <code id="trace" title={t.trace}>
            {now.trace}
          </code>
        )}
      </p>
      {info && (
        <p class="hint" id="device">
          {t.ran[info.kind]}, {info.kind === 'wasm' ? threadsOf(info) : info.adapter}{' '}
          {info.kind === 'webgpu' && !info.hardware && <strong>{t.software}</strong>}
        </p>
      )}
    </div>
  );
}

function threadsOf({ threads = 1, isolated }: OpenedDevice): string {
  return isolated ? strings.value.threads(threads) : strings.value.notIsolated;
}

export function Prediction() {
  const t = strings.value;
  const probabilities = snapshot.value?.walk.probabilities ?? [];
  const { label } = image.value;
  return (
    <section class="prediction" aria-labelledby="prediction-head">
      <h2 id="prediction-head">{t.prediction}</h2>
      <dl>
        {t.classes.map((name, index) => (
          <div key={name} class={index === label ? 'true' : ''}>
            <dt>{name}</dt>
            <dd>
              <span class="bar" style={{ inlineSize: `${100 * (probabilities[index] ?? 0)}%` }} />
              <b>
                {probabilities.length > 0
                  ? `${formatNumber(language.value, 100 * probabilities[index], 1)} %`
                  : '–'}
              </b>
            </dd>
          </div>
        ))}
      </dl>
      {label !== undefined && <p class="hint">{t.truth(t.classes[label])}</p>}
    </section>
  );
}
