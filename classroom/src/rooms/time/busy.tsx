import { useStrings } from '../../strings/room.ts';
import type { Progress } from './bench.ts';
import { type Job, job, stop } from './store.ts';
import { strings, type TimeStrings } from './strings.ts';

function stageText(t: TimeStrings, now: Progress | undefined): string {
  if (!now) return t.stages.opening;
  return 'done' in now ? t.stages[now.stage](now.done, now.of) : t.stages[now.stage];
}

/** How far a job is, and a button that ends it; nothing while it does not run. */
export function Busy({ what }: { readonly what: Job['what'] }) {
  const t = useStrings(strings);
  const running = job.value?.what === what ? job.value : undefined;
  const now = running?.now;
  const name = stageText(t, now);
  return (
    <>
      <span role="status" class="hint busy">
        {running && name}
      </span>
      {running && (
        <>
          <progress
            aria-label={name}
            max={now && 'of' in now ? now.of : 1}
            value={now && 'done' in now ? now.done : 0}
          />
          <button type="button" onClick={stop}>
            {t.stop}
          </button>
        </>
      )}
    </>
  );
}
