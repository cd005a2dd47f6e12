/** Lines that the page marks in an editor. */
import { type Extension, StateEffect, StateField, type Text } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

/** Marks these lines, counted from 1, in place of those that were; numbers that no line has are left out. */
export const markLines = StateEffect.define<readonly number[]>();

const line = Decoration.line({ class: 'cm-marked' });

function decorate(lines: readonly number[], doc: Text): DecorationSet {
  const there = lines.filter((number) => Number.isInteger(number) && number >= 1 && number <= doc.lines);
  return Decoration.set(
    there.map((number) => line.range(doc.line(number).from)),
    true,
  );
}

export const markedLines: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marked, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(markLines)) return decorate(effect.value, transaction.newDoc);
    }
    return marked.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
