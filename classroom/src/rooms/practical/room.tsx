/** The practical "Transfer Learning", trained in the page. */
import { useEffect } from 'preact/hooks';
import { useStrings } from '../../strings/room.ts';
import { TaskCard } from './card.tsx';
import { Figures } from './figure.tsx';
import { Progress } from './progress.tsx';
import { OpenFiles, Setup } from './setup.tsx';
import { choice, goOn, keeping, opening, openRoom, trouble, view } from './store.ts';
import { strings } from './strings.ts';
import { withBasis } from './tasks.ts';
import './style.css';

export function Room() {
  const t = useStrings(strings);
  useEffect(() => void openRoom(), []);
  const run = view.value;
  const shown = withBasis((run?.choice ?? choice.value).tasks);
  return (
    <>
      <section class="card" aria-labelledby="practical-head">
        <h2 id="practical-head">{t.head}</h2>
        <p class="hint">{t.intro}</p>
        {opening.value === 'elsewhere' ? <Elsewhere /> : run ? <Progress run={run} /> : <Setup />}
        <p class="hint" hidden={opening.value !== 'open'}>
          {keeping.value.lasts ? t.lasts : t.memory(keeping.value.reason ?? '')}
        </p>
      </section>
      <Trouble />
      <div class="tasks">
        {shown.map((id) => (
          <TaskCard key={id} id={id} />
        ))}
      </div>
      {run && (
        <Figures
          head={t.otherFigures}
          figures={run.figures.filter(({ task }) => !task || !shown.includes(task))}
        />
      )}
    </>
  );
}

function Elsewhere() {
  const t = useStrings(strings);
  return (
    <div class="message" role="alert">
      <p>{t.elsewhere}</p>
      <button type="button" onClick={() => void openRoom()}>
        {t.again}
      </button>
    </div>
  );
}

function Trouble() {
  const t = useStrings(strings);
  const said = trouble.value;
  if (!said) return null;
  const text = (t.troubles[said.kind] as (trouble: typeof said) => string)(said);
  const lost = opening.value === 'lost';
  return (
    <div class="message bad" role="alert">
      <p>{text}</p>
      {(said.kind === 'fileMissing' || said.kind === 'otherFile') && <OpenFiles />}
      {lost && (
        <button type="button" onClick={() => void goOn()}>
          {t.again}
        </button>
      )}
    </div>
  );
}
