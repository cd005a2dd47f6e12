import {
  device,
  failure,
  image,
  language,
  link,
  notice,
  open,
  pace,
  paces,
  pause,
  play,
  playing,
  problems,
  restart,
  setDevice,
  setLanguage,
  setPace,
  setTheme,
  snapshot,
  step,
  strings,
  theme,
  themes,
  wish,
  wishes,
} from '../store.ts';
import { formatNumber, type Language, languages } from '../strings/index.ts';
import type { OpenedDevice } from '../worker/messages.ts';
import { StepABatch } from './batch.tsx';
import { Charts } from './charts.tsx';
import { Detail } from './detail.tsx';
import { Network } from './network.tsx';
import { Picker } from './picker.tsx';
import { Choice, Settings } from './settings.tsx';

export function App() {
  return (
    <>
      <Header />
      <main>
        <Messages />
        <Controls />
        <Picker />
        <div class="stage">
          <NetworkCard />
          <aside class="card results">
            <Prediction />
            <Charts />
          </aside>
        </div>
        <div class="below">
          <Settings />
          <Detail />
        </div>
        <StepABatch />
      </main>
    </>
  );
}

function Header() {
  const t = strings.value;
  return (
    <header>
      <div>
        <h1>{t.title}</h1>
        <p>{t.claim}</p>
      </div>
      <div class="fields">
        <Choice
          label={t.language}
          value={language.value}
          options={Object.keys(languages) as Language[]}
          show={(name) => ({ en: 'English', de: 'Deutsch' })[name]}
          onChoose={setLanguage}
        />
        <Choice
          label={t.theme}
          value={theme.value}
          options={themes}
          show={(name) => t.themes[name]}
          onChoose={setTheme}
        />
        <Choice
          label={t.device}
          value={wish.value}
          options={wishes}
          show={(name) => t.devices[name]}
          onChoose={setDevice}
        />
      </div>
    </header>
  );
}

function Messages() {
  const t = strings.value;
  return (
    <>
      {failure.value && (
        <div class="message bad" role="alert">
          <p>{t.failed(failure.value)}</p>
          <button type="button" onClick={() => open()}>
            {t.again}
          </button>
        </div>
      )}
      {problems.value.length > 0 && (
        <div class="message bad" role="alert">
          <p>{t.problemsHead}</p>
          <ul>
            {problems.value.slice(0, 8).map((problem) => (
              <li key={`${problem.kind} ${problem.name}`}>{t.problems[problem.kind](problem)}</li>
            ))}
          </ul>
          <button type="button" onClick={() => (problems.value = [])}>
            {t.close}
          </button>
        </div>
      )}
      <div class="message" role="status" hidden={!notice.value}>
        <p>{notice.value}</p>
        {notice.value && (
          <button type="button" onClick={() => (notice.value = '')}>
            {t.close}
          </button>
        )}
      </div>
    </>
  );
}

async function copyLink(): Promise<void> {
  const t = strings.value;
  notice.value = await navigator.clipboard.writeText(link()).then(
    () => t.copied,
    () => t.notCopied,
  );
}

function Controls() {
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

function NetworkCard() {
  const t = strings.value;
  return (
    <section class="card network" aria-labelledby="network-head">
      <h2 id="network-head">{t.network}</h2>
      <Network />
    </section>
  );
}

function Prediction() {
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
