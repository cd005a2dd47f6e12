/** The WGSL, and beside it the WebAssembly that it became; lines that belong together are marked. */
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Editor, type EditorMessage } from '../../editor/editor.tsx';
import { useStrings } from '../../strings/room.ts';
import { compiled, lastGood, ownText, target, text, write } from './store.ts';
import { strings } from './strings.ts';

/** The line that is pointed at, and in which of the two texts. */
const pointed = signal<{ readonly side: 'wgsl' | 'wasm'; readonly line: number } | undefined>(undefined);

const plain: never[] = [];

export function Beside() {
  const t = useStrings(strings);
  const now = compiled.value;
  const shown = lastGood.value;
  const isCurrent = now?.text === text.value;
  const place = pointed.value;
  const line = place?.side === 'wasm' ? (shown.lines[place.line - 1] ?? undefined) : place?.line;
  const marked = useMemo(
    () => (line === undefined ? [] : shown.lines.flatMap((from, at) => (from === line ? [at + 1] : []))),
    [shown, line],
  );
  const own = useMemo(() => (line === undefined ? [] : [line]), [line]);
  const messages = useMemo<EditorMessage[]>(
    () =>
      now && !now.result.ok && isCurrent
        ? now.result.messages.map(({ from, to, message }) => ({ from, to, severity: 'error', message }))
        : [],
    [now, isCurrent],
  );
  // Many lines of locals come before it.
  const first = shown.lines.findIndex((from) => from !== null) + 1;
  const isVersion = target.value.kind === 'ladder';
  const wasm = shown.text.join('\n');
  return (
    <section class="card" aria-labelledby="time-beside">
      <h2 id="time-beside">{t.beside}</h2>
      <p class="hint">{t.besideHint}</p>
      <div class="beside">
        <div class="side">
          <h3>
            {ownText.value === undefined ? t.wgsl : t.ownWgsl}{' '}
            <small>{t.lines(text.value.split('\n').length)}</small>
          </h3>
          <Editor
            label={t.wgsl}
            text={text.value}
            readOnly={isVersion}
            onChange={isVersion ? undefined : write}
            messages={messages}
            marked={own}
            reveal={place?.side === 'wasm' ? line : undefined}
            onLine={(at) => (pointed.value = { side: 'wgsl', line: at })}
          />
        </div>
        <div class="side">
          <h3>
            {t.wasm} <small>{t.lines(shown.text.length)}</small>
          </h3>
          <Editor
            label={t.wasm}
            text={wasm}
            readOnly
            language={plain}
            marked={marked}
            reveal={place ? (place.side === 'wgsl' ? marked[0] : undefined) : first}
            onLine={(at) => (pointed.value = { side: 'wasm', line: at })}
          />
        </div>
      </div>
      <p role="status" class="hint" id="time-pointed">
        {place && (line === undefined ? t.noLine : t.pointed(line, marked.length))}
      </p>
      {messages.length > 0 && (
        <div class="message bad" role="alert" id="time-errors">
          <ul>
            {now?.result.ok === false &&
              now.result.messages.map(({ line, column, message }) => (
                <li key={`${line}:${column}`}>
                  {line}:{column}: {message}
                  <pre>{text.value.split('\n')[line - 1]}</pre>
                </li>
              ))}
          </ul>
          <p>{t.asBefore}</p>
        </div>
      )}
      <div class="fields">
        {isVersion && <p class="hint">{t.readOnlyVersion}</p>}
        {ownText.value !== undefined && (
          <button type="button" onClick={() => (ownText.value = undefined)}>
            {t.backToBuiltIn}
          </button>
        )}
      </div>
    </section>
  );
}
