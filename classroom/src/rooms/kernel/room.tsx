/** A kernel of the net, live: its text in an editor, judged as one types, and a training with it. */
import { useEffect } from 'preact/hooks';
import { useStrings } from '../../strings/room.ts';
import { Failure } from '../../view/failure.tsx';
import { KernelList } from './list.tsx';
import { chosen, enterRoom, failure, latencies, open, text, verdict, waiting } from './store.ts';
import { strings } from './strings.ts';
import { KernelText } from './text.tsx';
import { curves, stopTraining } from './training.ts';
import { TrainingCard } from './training.tsx';
import { VerdictCard } from './verdict.tsx';
import './style.css';

export function Room() {
  const t = useStrings(strings);
  useEffect(enterRoom, []);
  useEffect(() => stopTraining, []);
  return (
    <>
      <Failure text={failure.value && t.failed(failure.value)} again={t.again} onAgain={() => void open()} />
      {chosen.value ? (
        <>
          <KernelList />
          <div class="bench">
            <KernelText kernel={chosen.value} />
            <VerdictCard />
            <TrainingCard />
          </div>
        </>
      ) : (
        <p class="card hint">{t.opening}</p>
      )}
    </>
  );
}

/** For the console and for tests. */
Object.defineProperty(globalThis, 'kernelRoom', {
  value: {
    chosen: () => chosen.peek(),
    text: () => text.peek(),
    verdict: () => (waiting.peek() ? undefined : verdict.peek()),
    latencies: () => latencies,
    curves: () => curves.peek(),
  },
});
