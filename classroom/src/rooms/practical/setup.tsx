/** What is chosen before a run: images, budget, seeds, tasks. */
import type { TaskId } from '@glassbox/experiments/page';
import { useRef } from 'preact/hooks';
import { language } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { Choice } from '../../view/choice.tsx';
import { budgets } from './choice.ts';
import type { FoundData } from './messages.ts';
import { choice, choose, estimate, found, opening, start, takeFiles, takePhantoms } from './store.ts';
import { strings } from './strings.ts';
import { taskIds, withBasis } from './tasks.ts';

export function Setup() {
  const t = useStrings(strings);
  const { tasks, budget, seeds } = choice.value;
  return (
    <form
      class="setup"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <Images />
      <div class="fields">
        <Choice
          label={t.budget}
          value={budget}
          options={budgets}
          show={(name) => t.budgets[name]}
          onChoose={(chosen) => choose({ budget: chosen })}
        />
        <Choice
          label={t.seeds}
          value={seeds}
          options={[1, 2, 3, 5, 10]}
          onChoose={(chosen) => choose({ seeds: chosen })}
        />
      </div>
      <Tasks />
      <div class="fields">
        <button
          class="primary"
          type="submit"
          disabled={!found.value || opening.value !== 'open' || tasks.length === 0}
        >
          {t.start}
        </button>
        <p role="status">
          {tasks.length > 0 && (estimate.value === undefined ? t.estimating : t.estimate(estimate.value))}
        </p>
      </div>
    </form>
  );
}

function Images() {
  const t = useStrings(strings);
  const data = found.value;
  return (
    <fieldset>
      <legend>{t.data}</legend>
      <p class="hint">{t.dataHint}</p>
      <div class="fields">
        <OpenFiles />
        {data?.some(({ dropped }) => dropped) && (
          <button type="button" onClick={takePhantoms}>
            {t.phantoms}
          </button>
        )}
      </div>
      {data ? <DataList data={data} /> : <p class="hint">{t.looking}</p>}
    </fieldset>
  );
}

export function OpenFiles() {
  const t = useStrings(strings);
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        {t.openFiles}
      </button>
      <input
        ref={input}
        type="file"
        accept=".npz"
        multiple
        hidden
        aria-label={t.openFiles}
        onChange={({ currentTarget }) => {
          void takeFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

/** The two sets, and whether they are of patients. */
export function DataList({ data }: { readonly data: readonly FoundData[] }) {
  const t = useStrings(strings);
  const whole = (count: number) => formatNumber(language.value, count, 0);
  return (
    <>
      <dl class="data">
        {data.map(({ target, file, images }) => (
          <div key={target}>
            <dt>{t.target[target]}</dt>
            <dd>
              {t.dataLine(file, whole(images.train), whole(images.val), whole(images.test))}
              {images.unlabelled > 0 && t.unlabelled(whole(images.unlabelled))}
            </dd>
          </div>
        ))}
      </dl>
      {data.some(({ real }) => !real) && <p class="hint">{t.synthetic}</p>}
    </>
  );
}

function Tasks() {
  const t = useStrings(strings);
  const { tasks } = choice.value;
  const all = withBasis(tasks);
  const toggle = (id: TaskId) =>
    choose({ tasks: taskIds.filter((each) => (each === id) !== tasks.includes(each)) });
  return (
    <fieldset>
      <legend>{t.tasks}</legend>
      <ul class="choices">
        {taskIds.map((id) => {
          const users = tasks.filter((each) => withBasis([each]).includes(id) && each !== id);
          const needed = !tasks.includes(id) && all.includes(id);
          return (
            <li key={id}>
              <label class="field check">
                <input type="checkbox" checked={tasks.includes(id)} onChange={() => toggle(id)} />
                <b>{id}</b> {t.titles[id]}
                {needed && <small>{t.neededBy(users.join(', '))}</small>}
              </label>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
