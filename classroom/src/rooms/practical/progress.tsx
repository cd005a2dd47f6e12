/** How far the run is, what can be done with it, and what it leaves. */
import { signal } from '@preact/signals';
import { useStrings } from '../../strings/room.ts';
import type { RunView } from './messages.ts';
import { openPage, save } from './save.ts';
import { DataList } from './setup.tsx';
import { asking, busy, discard, fileOf, goOn, opening, pause, zipOf } from './store.ts';
import { strings } from './strings.ts';

export function Progress({ run }: { readonly run: RunView }) {
  const t = useStrings(strings);
  const { stage, trainings, choice, device } = run;
  const done = trainings.filter(({ state }) => state === 'done').length;
  // A training counts by the epochs that it may have, the running one by those that it has.
  const all = trainings.reduce((sum, { limit }) => sum + limit, 0);
  const reached = trainings.reduce(
    (sum, { state, limit, epochs }) => sum + (state === 'done' ? limit : epochs),
    0,
  );
  const running = stage === 'running' || stage === 'pausing';
  return (
    <>
      <DataList data={run.data} />
      <p class="hint">
        {t.budgets[choice.budget]} · {t.seeds} {choice.seeds}
        {device && ` · ${device}`}
      </p>
      <p class="stage-now" role="status">
        <b>{t.stages[stage]}</b> {trainings.length > 0 && t.progress(done, trainings.length)}
      </p>
      <div class="bar">
        <progress
          aria-label={t.head}
          max={Math.max(1, all)}
          value={stage === 'done' ? Math.max(1, all) : reached}
        />
        <span>{running && run.left && t.left(run.left)}</span>
      </div>
      <div class="fields">
        {running && (
          <button class="primary" type="button" disabled={stage === 'pausing'} onClick={() => void pause()}>
            {t.pause}
          </button>
        )}
        {stage === 'paused' && opening.value !== 'lost' && (
          <button class="primary" type="button" onClick={() => void goOn()}>
            {t.goOn}
          </button>
        )}
        {stage === 'done' && <Results />}
        {!busy.value && !asking.value && (
          <button type="button" onClick={() => (asking.value = true)}>
            {t.anew}
          </button>
        )}
      </div>
      {asking.value && (
        <div class="message" role="alertdialog" aria-label={t.anewSure}>
          <p>{t.anewSure}</p>
          <button type="button" onClick={() => void discard()}>
            {t.yes}
          </button>
          <button type="button" onClick={() => (asking.value = false)}>
            {t.no}
          </button>
        </div>
      )}
    </>
  );
}

const blocked = signal(false);

function Results() {
  const t = useStrings(strings);
  const open = async () => {
    const bytes = await fileOf('report.html');
    if (bytes) blocked.value = !openPage(bytes);
  };
  return (
    <>
      <button class="primary" type="button" onClick={() => void open()}>
        {t.openReport}
      </button>
      <button type="button" onClick={async () => save('report.html', await fileOf('report.html'))}>
        {t.saveReport}
      </button>
      <button type="button" onClick={async () => save('results.json', await fileOf('results.json'))}>
        {t.saveResults}
      </button>
      <button type="button" onClick={async () => save('practical.zip', await zipOf())}>
        {t.saveZip}
      </button>
      <p class="hint">{blocked.value ? t.blocked : t.openReportHint}</p>
    </>
  );
}
