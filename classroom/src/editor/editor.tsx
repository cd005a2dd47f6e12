/** An editor for the text of kernels (CodeMirror), as a component. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension, Transaction } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useStrings } from '../strings/room.ts';
import { markedLines, markLines } from './marked-lines.ts';
import { strings } from './strings.ts';
import { theme } from './theme.ts';
import { wgsl } from './wgsl.ts';
import './style.css';

/** Something to say about a stretch of the text; offsets count UTF-16 code units. */
export interface EditorMessage {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
}

export interface EditorProps {
  /** What a screen reader calls it. */
  readonly label: string;
  /** The text. If it is another one than the editor has, the editor takes it as an edit, which can be undone. */
  readonly text: string;
  /** Told of each edit, also of those that came from outside. */
  readonly onChange?: (text: string) => void;
  /** One can read and select, not change. */
  readonly readOnly?: boolean;
  /** `wgsl` unless given; `[]` for text without colours. */
  readonly language?: Extension;
  readonly messages?: readonly EditorMessage[];
  /** Lines with a background, counted from 1. */
  readonly marked?: readonly number[];
  /** A line that is scrolled into view when this changes. */
  readonly reveal?: number;
  /** Told of the line, counted from 1, under the pointer, else of the cursor's. */
  readonly onLine?: (line: number) => void;
}

const none: readonly never[] = [];

/** Its height is that of the element around it, which has the class `editor`: give it one by `--editor-height`. */
export function Editor(props: EditorProps) {
  const { label, text, readOnly = false, language = wgsl, messages = none, marked = none, reveal } = props;
  const t = useStrings(strings);
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const asked = useRef(props);
  asked.current = props;
  const options = useRef(new Compartment());
  const chosen = [
    language,
    EditorState.readOnly.of(readOnly),
    EditorState.phrases.of(t.phrases),
    EditorView.contentAttributes.of({
      'aria-label': readOnly ? label : `${label}. ${t.leave}`,
      // The keyboard can reach it, so it can scroll what is around it.
      tabindex: '0',
    }),
  ];

  useLayoutEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: text,
        extensions: [options.current.of(chosen), extensions, listeners(() => asked.current)],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    view.current!.dispatch({ effects: options.current.reconfigure(chosen) });
  }, [label, readOnly, language, t]);

  useLayoutEffect(() => {
    const changes = difference(view.current!.state.doc.toString(), text);
    // The lines of the last edit stay in view, and Undo takes this edit back alone.
    if (changes) view.current!.dispatch({ changes, annotations: Transaction.userEvent.of('input.page') });
  }, [text]);

  useEffect(() => {
    const { state } = view.current!;
    const { length } = state.doc;
    const found: Diagnostic[] = messages.map(({ from, to, ...message }) => {
      const start = Math.min(Math.max(0, from), length);
      return { from: start, to: Math.min(Math.max(start, to), length), ...message };
    });
    view.current!.dispatch(setDiagnostics(state, found));
  }, [messages]);

  useEffect(() => {
    view.current!.dispatch({ effects: markLines.of(marked) });
  }, [marked]);

  useEffect(() => {
    const { doc } = view.current!.state;
    if (!reveal || reveal > doc.lines) return;
    view.current!.dispatch({ effects: EditorView.scrollIntoView(doc.line(reveal).from, { y: 'center' }) });
  }, [reveal]);

  return <div ref={place} class="editor" />;
}

const extensions: Extension = [
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
  drawSelection(),
  history(),
  bracketMatching(),
  indentUnit.of('  '),
  EditorState.tabSize.of(2),
  markedLines,
  lintGutter(),
  keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
  theme,
];

function listeners(asked: () => EditorProps): Extension {
  let told = 0;
  let pointed: number | undefined;
  const tell = (view: EditorView) => {
    const { doc, selection } = view.state;
    const line = pointed ?? doc.lineAt(selection.main.head).number;
    if (line === told) return;
    told = line;
    asked().onLine?.(line);
  };
  return [
    EditorView.updateListener.of(({ docChanged, selectionSet, state, view }) => {
      if (docChanged) asked().onChange?.(state.doc.toString());
      if (selectionSet) tell(view);
    }),
    EditorView.domEventHandlers({
      mousemove(event, view) {
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
        pointed = at === null ? undefined : view.state.doc.lineAt(at).number;
        tell(view);
      },
      mouseleave(_, view) {
        pointed = undefined;
        tell(view);
      },
    }),
  ];
}

/** The one stretch in which two texts differ. */
function difference(
  before: string,
  after: string,
): { readonly from: number; readonly to: number; readonly insert: string } | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let tail = 0;
  while (tail < shorter - from && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) };
}
