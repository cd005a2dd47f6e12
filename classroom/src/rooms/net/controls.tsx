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
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import type { OpenedDevice } from '../../worker/messages.ts';
import { pastStep, sides } from './sides.ts';
import { strings as roomStrings } from './strings.ts';
import { TimeSlider } from './timeline.tsx';

async function copyLink(): Promise<void> {
  const t = strings.value;
  notice.value = await navigator.clipboard.writeText(link()).then(
    () => t.copied,
    () => t.notCopied,
  );
}

export function Controls() {
  const t = strings.value;
  const own = useStrings(roomStrings);
  const isPlaying = playing.value;
  const isPast = pastStep.value !== undefined;
  const ready = snapshot.value && device.value && !failure.value;
  return (
    <section class="card controls" aria-label={t.training}>
      <button type="button" class="primary" disabled={!ready} onClick={isPlaying ? pause : play}>
        <span aria-hidden="true">{isPlaying ? '❚❚' : '►'}</span>{' '}
        {isPlaying ? t.pause : isPast ? own.playFromHere : t.play}
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
      <TimeSlider />
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
  const both = sides.value;
  const nets = both
    ? (['a', 'b'] as const).map((side) => ({ side, shares: both[side].walk.probabilities }))
    : [{ side: undefined, shares: snapshot.value?.walk.probabilities ?? [] }];
  const { label } = image.value;
  return (
    <section class="prediction" aria-labelledby="prediction-head">
      <h2 id="prediction-head">{t.prediction}</h2>
      <dl class={both ? 'two' : ''}>
        {t.classes.map((name, index) => (
          <div key={name} class={index === label ? 'true' : ''}>
            <dt>{name}</dt>
            {nets.map(({ side, shares }) => (
              <dd key={side} class={side && `side-${side}`}>
                <span class="bar" style={{ transform: `scaleX(${shares[index] ?? 0})` }} />
                {side && <span class="name">{side.toUpperCase()}</span>}
                <b>{shares.length > 0 ? `${formatNumber(language.value, 100 * shares[index], 1)} %` : '–'}</b>
              </dd>
            ))}
          </div>
        ))}
      </dl>
      {label !== undefined && <p class="hint">{t.truth(t.classes[label])}</p>}
    </section>
  );
}
