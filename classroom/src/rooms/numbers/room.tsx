/** A training step taken apart, and every number of it explained. */
import { useEffect } from 'preact/hooks';
import { useStrings } from '../../strings/room.ts';
import { Failure } from '../../view/failure.tsx';
import { StepABatch } from './batch.tsx';
import { LargeMap } from './map.tsx';
import { OneNumber } from './number.tsx';
import { mostParts } from './place.ts';
import { at, explained, failure, follow, lesson, refusal, restart } from './store.ts';
import { strings } from './strings.ts';
import './style.css';

export function Room() {
  useEffect(follow, []);
  const place = at.value;
  return (
    <>
      <Messages />
      <StepABatch />
      {place && (
        <div class="looked-at">
          <LargeMap place={place} />
          <OneNumber place={place} />
        </div>
      )}
    </>
  );
}

/** Tensors that a message names. */
const mostNamed = 12;

function Messages() {
  const t = useStrings(strings);
  const refused = refusal.value;
  return (
    <>
      <Failure
        text={failure.value && t.failed(failure.value)}
        again={t.again}
        onAgain={() => void restart()}
      />
      {refused && (
        <div class="message bad" role="alert">
          <p>
            {refused.kind === 'parts' && t.refused.parts(refused.text, mostParts)}
            {refused.kind === 'form' && t.refused.form(refused.text)}
            {refused.kind === 'missing' &&
              t.refused.missing(
                refused.text,
                [
                  ...refused.layers.slice(0, mostNamed),
                  ...(refused.layers.length > mostNamed ? ['…'] : []),
                ].join('; ') || '—',
              )}
          </p>
          <button
            type="button"
            onClick={() => {
              refusal.value = undefined;
            }}
          >
            {t.close}
          </button>
        </div>
      )}
    </>
  );
}

/** For the console and for tests: the values behind the pictures. */
Object.assign((globalThis as unknown as { classroom: object }).classroom, {
  lesson: () => lesson.peek(),
  explained: () => explained.peek(),
});
