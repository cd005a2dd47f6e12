/** Any step of the training that has been done, to look at again, to compare with, or to go on from. */
import { compare, comparison, seek, snapshot, sought } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { strings } from './strings.ts';

export function TimeSlider() {
  const t = useStrings(strings);
  const now = snapshot.value;
  const { pin, fork } = comparison.value;
  const last = now?.last ?? 0;
  const step = sought.value ?? now?.steps ?? 0;
  const isPast = step < last;
  const marks = [
    ...(pin === undefined ? [] : [{ name: 'A', at: pin }]),
    ...(fork ? [{ name: t.forkMark, at: fork.at }] : []),
  ];
  return (
    <div class="time">
      <div class="scrub">
        <span class="label" aria-hidden="true">
          {t.time}
        </span>
        <span class="track">
          <input
            type="range"
            aria-label={t.time}
            min={0}
            max={Math.max(1, last)}
            value={step}
            disabled={last === 0}
            aria-valuetext={t.stepOf(step, last)}
            onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
          />
          {last > 0 &&
            marks.map(({ name, at }) => (
              <span key={name} class="mark" style={{ '--at': at / last }} aria-hidden="true">
                {name}
              </span>
            ))}
        </span>
        <span class="step">{t.stepOf(step, last)}</span>
      </div>
      <div class="buttons">
        <button type="button" disabled={!isPast} onClick={() => seek(last)}>
          {t.backToNow}
        </button>
        {!fork && (
          <button
            type="button"
            disabled={!now || now.playing}
            aria-pressed={pin !== undefined}
            onClick={() => compare(pin === undefined ? { pin: step } : {})}
          >
            {pin === undefined ? t.pin : t.unpin(pin)}
          </button>
        )}
        <button
          type="button"
          disabled={!now || now.playing}
          aria-pressed={fork !== undefined}
          onClick={() => compare(fork ? {} : { fork: { at: step, changes: {}, frozen: [] } })}
        >
          {fork ? t.endFork : t.forkHere}
        </button>
      </div>
    </div>
  );
}
