/** A task: what it asks, its trainings, the net while it learns, what came of it. */
import type { TaskId } from '@glassbox/experiments/page';
import { useSignal } from '@preact/signals';
import { language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { LossCurve } from './curve.tsx';
import { Figures } from './figure.tsx';
import { Layers } from './layers.tsx';
import type { RunView, TrainingView } from './messages.ts';
import { view } from './store.ts';
import { strings } from './strings.ts';

export function TaskCard({ id }: { readonly id: TaskId }) {
  const t = useStrings(strings);
  const run = view.value;
  const trainings = run?.trainings.filter(({ task }) => task === id) ?? [];
  const chosen = useSignal<string | undefined>(undefined);
  const shown =
    trainings.find((one) => one.id === chosen.value) ??
    trainings.find(({ state }) => state === 'running') ??
    trainings.findLast(({ state }) => state === 'done');
  return (
    <section class="card task" aria-labelledby={`task-${id}`} data-task={id}>
      <h2 id={`task-${id}`}>{t.ofTask(id, t.titles[id])}</h2>
      <p>{t.asks[id]}</p>
      {trainings.length > 0 && (
        <Trainings
          trainings={trainings}
          shown={shown?.id}
          seeds={run!.choice.seeds}
          onShow={(training) => (chosen.value = training)}
        />
      )}
      {shown && shown.layers.length > 0 && <Layers training={shown} />}
      {shown && shown.trainLoss.length > 0 && <LossCurve training={shown} />}
      {run && trainings.length === 0 && <Spaces run={run} task={id} />}
      {run && <Figures figures={run.figures.filter(({ task }) => task === id)} head={t.figures} />}
    </section>
  );
}

interface TrainingsProps {
  readonly trainings: readonly TrainingView[];
  readonly shown: string | undefined;
  readonly seeds: number;
  readonly onShow: (id: string) => void;
}

function Trainings({ trainings, shown, seeds, onShow }: TrainingsProps) {
  const t = useStrings(strings);
  const format = (value: number, digits: number) => formatNumber(language.value, value, digits);
  const score = ({ result }: TrainingView) =>
    result &&
    ('auc' in result
      ? t.auc(format(result.auc, 3), `${format(100 * result.accuracy, 1)} %`)
      : t.psnr(format(result.psnr, 1), format(result.ssim, 3)));
  return (
    <div class="scroll">
      <table class="trainings">
        <thead>
          <tr>
            <th scope="col">{t.training}</th>
            <th scope="col">{t.epochs}</th>
            <th scope="col">{t.score}</th>
          </tr>
        </thead>
        <tbody>
          {trainings.map((training) => {
            const { id, name, seed, state, epochs, limit, left } = training;
            return (
              <tr key={id} data-training={id} data-state={state}>
                <th scope="row">
                  <button type="button" lang="en" aria-pressed={id === shown} onClick={() => onShow(id)}>
                    {name}
                    {seeds > 1 && t.seed(seed)}
                  </button>
                </th>
                <td>
                  {state === 'waiting' && epochs === 0
                    ? '–'
                    : state === 'done'
                      ? epochs
                      : `${epochs} / ${limit}`}
                </td>
                <td>
                  {state === 'done' ? (
                    <b>{score(training)}</b>
                  ) : (
                    <>
                      {t.states[state]}
                      {left && `, ${t.left(left)}`}
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Of tasks that train nothing of their own. */
function Spaces({ run, task }: { readonly run: RunView; readonly task: TaskId }) {
  const t = useStrings(strings);
  const prefix = task === '2c' ? 'pneumonia' : 'chest';
  const spaces = run.spaces.filter(({ target }) => target === prefix);
  if (spaces.length === 0) return <p class="hint">{t.spacesWait}</p>;
  const format = (value: number) => formatNumber(language.value, value, 3);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="scroll" tabIndex={0} aria-label={t.space}>
      <table class="trainings">
        <thead>
          <tr>
            <th scope="col">{t.space}</th>
            <th scope="col">{t.silhouette}</th>
            <th scope="col">{t.neighbours}</th>
          </tr>
        </thead>
        <tbody>
          {spaces.map(({ id, title, silhouette, knn }) => (
            <tr key={id}>
              <th scope="row" lang="en">
                {title}
              </th>
              <td>{format(silhouette)}</td>
              <td>{format(knn)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
