/** Latent space: where the net puts X-rays, epoch by epoch; its mistakes; and a brush that asks it again. */
import { useEffect } from 'preact/hooks';
import { images, isOwn, language, strings as page, showImages } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import { Failure } from '../../view/failure.tsx';
import { FileButton } from '../../view/file-button.tsx';
import { Brush } from './brush-card.tsx';
import { maxFeatures } from './epochs.ts';
import { projections } from './fields.ts';
import { Matrix } from './matrix.tsx';
import { followPainting, latencies, look, paintTo, pixels } from './painting.ts';
import { Scatter } from './scatter.tsx';
import {
  enterRoom,
  epochs,
  failure,
  fields,
  neighbourhoods,
  now,
  open,
  planes,
  playing,
  setEpochs,
  setFields,
  shown,
  togglePlay,
  tooWide,
  trained,
} from './store.ts';
import { strings } from './strings.ts';
import './style.css';

export function Room() {
  useEffect(() => {
    const stops = [enterRoom(), followPainting()];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <>
      <Controls />
      <Trouble />
      <Scatter />
      <div class="halves">
        <Matrix />
        <Brush />
      </div>
    </>
  );
}

const epochChoices = [4, 8, 12, 20, 40, 60];

function Controls() {
  const t = useStrings(strings);
  const count = fields.value.epochs;
  const last = Math.max(0, epochs.value.length - 1);
  const ready = epochs.value.length > 1;
  return (
    <section class="card controls" aria-labelledby="latent-head">
      <div class="intro">
        <h2 id="latent-head">{t.head}</h2>
        <p class="hint">{t.hint}</p>
      </div>
      <button type="button" class="primary" disabled={!ready} onClick={togglePlay}>
        <span aria-hidden="true">{playing.value ? '❚❚' : '►'}</span> {playing.value ? t.pause : t.play}
      </button>
      <label class="field slider">
        <span>{t.epoch}</span>
        <input
          type="range"
          min={0}
          max={count}
          value={Math.max(0, shown.value)}
          aria-valuetext={t.epochOf(Math.max(0, shown.value), count)}
          disabled={!ready}
          onInput={({ currentTarget }) => {
            playing.value = false;
            setFields({ epoch: Math.min(last, Number(currentTarget.value)) });
            currentTarget.value = String(shown.value);
          }}
        />
        <b id="latent-epoch" class="epoch-name" aria-hidden="true">
          {t.epochOf(Math.max(0, shown.value), count)}
        </b>
      </label>
      <Choice
        label={t.projection}
        value={fields.value.projection}
        options={projections}
        show={(name) => t.projections[name]}
        onChoose={(projection) => setFields({ projection })}
      />
      <Choice label={t.epochs} value={count} options={epochChoices} onChoose={setEpochs} />
      {isOwn.value ? (
        <p class="hint">
          {t.ownImages(images.value.length)}{' '}
          <button type="button" onClick={() => showImages([])}>
            {t.phantoms}
          </button>
        </p>
      ) : (
        <p class="hint">{t.drop}</p>
      )}
      <FileButton label={page.value.openFiles} />
      <Progress />
    </section>
  );
}

function Progress() {
  const t = useStrings(strings);
  const count = fields.value.epochs;
  const here = now.value;
  const number = (value: number, digits = 0) => formatNumber(language.value, value, digits);
  const laidOut = neighbourhoods.value.length;
  const busy = !trained.value
    ? t.training(Math.max(0, epochs.value.length), count)
    : planes.value.length === 0 && images.value.length > 1
      ? t.projecting
      : laidOut <= count && fields.value.projection === 'tsne'
        ? t.layingOut(laidOut)
        : '';
  return (
    <p class="status hint" role="status">
      {busy && !failure.value && tooWide.value === undefined && <span>{busy} </span>}
      {here && (
        <span>
          {here.loss !== undefined && `${t.loss(number(here.loss, 3))} · `}
          {t.features(number(here.embedding.length / here.probabilities.length))}
        </span>
      )}
    </p>
  );
}

function Trouble() {
  const t = useStrings(strings);
  const number = (value: number) => formatNumber(language.value, value, 0);
  if (failure.value) {
    return <Failure text={t.failed(failure.value)} again={t.again} onAgain={() => void open()} />;
  }
  if (tooWide.value === undefined) return null;
  return (
    <div class="message bad" role="alert">
      <p>{t.tooWide(number(tooWide.value), number(maxFeatures))}</p>
    </div>
  );
}

/** For the console and for tests: the values behind the pictures. */
Object.assign((globalThis as unknown as { classroom: object }).classroom, {
  latent: {
    epochs: () => epochs.peek(),
    planes: () => planes.peek(),
    neighbourhoods: () => neighbourhoods.peek(),
    shown: () => shown.peek(),
    look: () => look.peek(),
    pixels: () => pixels.peek(),
    paintTo,
    latencies,
  },
});
