/** The kernels of a step, in order of launch, to choose one from. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import { useStrings } from '../../strings/room.ts';
import { nameOf } from '../../view/names.ts';
import { choose, chosen, kernels } from './store.ts';
import { strings } from './strings.ts';
import { type Owner, stages } from './types.ts';

export function useOwnerName(): (owner: Owner) => string {
  const t = useStrings(strings);
  return ({ kind, number }) =>
    kind === 'batch' || kind === 'loss' || kind === 'optimizer' ? t.owners[kind] : nameOf({ kind, number });
}

export function KernelList() {
  const t = useStrings(strings);
  const ownerName = useOwnerName();
  const list = useRef<HTMLDivElement>(null);
  const id = chosen.value?.id;
  useLayoutEffect(() => {
    const [strip, button] = [list.current!, list.current!.querySelector<HTMLElement>('[aria-current]')];
    if (button) strip.scrollLeft = button.offsetLeft - (strip.clientWidth - button.clientWidth) / 2;
  }, [id]);
  return (
    <nav class="card kernels" aria-label={t.head}>
      <div class="head">
        <h2>{t.head}</h2>
        <p class="hint">{t.intro}</p>
      </div>
      <div class="list scroll" ref={list}>
        {stages.map((stage) => (
          <section key={stage}>
            <h3>{t.stages[stage]}</h3>
            <ol>
              {kernels.value
                .filter((kernel) => kernel.stage === stage)
                .map((kernel) => (
                  <li key={kernel.id}>
                    <button
                      type="button"
                      data-kernel={kernel.id}
                      aria-current={kernel.id === id ? 'true' : undefined}
                      onClick={() => choose(kernel)}
                    >
                      <span>{kernel.name}</span>
                      <small>
                        {kernel.place} · {ownerName(kernel.owner)}
                      </small>
                    </button>
                  </li>
                ))}
            </ol>
          </section>
        ))}
      </div>
    </nav>
  );
}
