/** The chosen kernel: what it computes, its text in an editor, its buffers, faults to plant. */
import { useMemo } from 'preact/hooks';
import { Editor } from '../../editor/editor.tsx';
import { useStrings } from '../../strings/room.ts';
import { faultNames, withFault } from './faults.ts';
import { useOwnerName } from './list.tsx';
import { chosen, edit, editedLine, kernels, replace, text, verdict } from './store.ts';
import { strings } from './strings.ts';
import type { KernelInfo } from './types.ts';

export function KernelText({ kernel }: { readonly kernel: KernelInfo }) {
  const t = useStrings(strings);
  const ownerName = useOwnerName();
  const found = verdict.value;
  const messages = useMemo(() => {
    if (found?.kind === 'text')
      return found.messages.map((each) => ({ ...each, severity: 'error' as const }));
    if (found?.kind === 'failed' && found.place) return [{ ...found.place, severity: 'error' as const }];
    return [];
  }, [found]);
  const marked = useMemo(() => changedLines(kernel.wgsl, text.value), [kernel, text.value]);
  const others = kernel.together.filter((name) => name !== kernel.name);
  return (
    <section class="card text" aria-labelledby="kernel-head">
      <div class="head">
        <h2 id="kernel-head">
          {kernel.name} <small>{ownerName(kernel.owner)}</small>
        </h2>
        <p class="hint">
          {t.place(kernel.place, kernels.value.length)} · {t.grid(kernel.workgroups.join(' × '))}
          {kernel.launches > 1 && ` · ${t.sameText(kernel.launches)}`}
        </p>
      </div>
      <p class="formula">{kernel.formula}</p>
      <Editor
        key={kernel.id}
        label={t.editor(kernel.name)}
        text={text.value}
        onChange={edit}
        messages={messages}
        marked={marked}
        reveal={editedLine.value}
      />
      <Faults kernel={kernel} />
      <details>
        <summary>{t.bindings}</summary>
        <table class="bindings">
          <thead>
            <tr>
              <th scope="col">@binding</th>
              <th scope="col">{t.binding}</th>
              <th scope="col">{t.content}</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {kernel.bindings.map(({ name, access, content }, at) => (
              <tr key={name}>
                <td>{at}</td>
                <th scope="row">{name}</th>
                <td>{content}</td>
                <td>{access === 'read' ? t.reads : t.writes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <p class="hint">
        {others.length > 0 && `${t.together(others.join(', '))} `}
        {t.source} <code>packages/wgsl-kernels/src/{kernel.folder}/README.md</code>
      </p>
    </section>
  );
}

function Faults({ kernel }: { readonly kernel: KernelInfo }) {
  const t = useStrings(strings);
  const possible = faultNames.filter((name) => withFault(name, kernel.wgsl) !== undefined);
  return (
    <fieldset class="faults">
      <legend>{t.faultsHead}:</legend>
      {possible.map((name) => (
        <button
          key={name}
          type="button"
          data-fault={name}
          onClick={() => replace(withFault(name, chosen.peek()!.wgsl)!)}
        >
          {t.faults[name]}
        </button>
      ))}
      <button
        type="button"
        class="revert"
        disabled={text.value === kernel.wgsl}
        onClick={() => replace(kernel.wgsl)}
      >
        {t.revert}
      </button>
    </fieldset>
  );
}

/** Lines of a text, from 1, between those that it shares with another one at the beginning and at the end. */
function changedLines(before: string, after: string): number[] {
  if (before === after) return [];
  const [was, is] = [before.split('\n'), after.split('\n')];
  let first = 0;
  while (first < is.length && is[first] === was[first]) first++;
  let tail = 0;
  while (tail < is.length - first && tail < was.length - first && is.at(-1 - tail) === was.at(-1 - tail))
    tail++;
  const last = Math.max(first, is.length - tail - 1);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at + 1);
}
