/** What consoles and notebooks show of an object, and of a tensor: a table. */
import { isLive } from './runtime/storage.ts';
import type { Tensor } from './tensor.ts';
import { formatter, headline, readShown, valuesText } from './text.ts';

/** The same thing in several forms, by their MIME types; a notebook takes the richest one that it knows. */
export type MimeBundle = Readonly<Record<string, string>>;

/** A text as HTML that shows it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * Says how the objects of a class are shown. Node, Bun and Deno print `text`, where a browser's console shows members;
 * `String(object)` is the class's own `toString`. Notebooks (Deno's Jupyter kernel) show `bundle`, and wait for it.
 */
export function showsAs<T extends object>(
  prototype: T,
  text: (object: T) => string,
  bundle: (object: T) => MimeBundle | Promise<MimeBundle>,
): void {
  const answers: readonly [symbol: string, answer: (object: T) => unknown][] = [
    ['nodejs.util.inspect.custom', text],
    ['Deno.customInspect', text],
    ['Jupyter.display', bundle],
  ];
  for (const [symbol, answer] of answers) {
    const value = function (this: T): unknown {
      return answer(this);
    };
    Object.defineProperty(prototype, Symbol.for(symbol), { value, configurable: true });
  }
}

/**
 * A table with a row for each position of all dimensions but the last one, and the same as text. Long tensors are shown
 * without their middle, which is not read either. Of a tensor whose memory was freed there is only the headline.
 */
export async function display(x: Tensor): Promise<MimeBundle> {
  const { storage } = x;
  if (!isLive(storage) && !storage.source) return { 'text/plain': headline(x) };
  const shown = await readShown(x);
  const { places, values } = shown;
  const format = formatter(x, values);
  const columns = places.at(-1) ?? [0];
  let next = 0;
  const row = (position: readonly number[]) =>
    line('td', [
      position.length === 0 ? '' : `<b>${position.join(', ')}</b>`,
      ...columns.map((column) => (column === null ? '…' : format(values[next++]).trim())),
    ]);
  const leftOut = line('td', ['…', ...columns.map(() => '…')]);
  const rows = (position: readonly number[]): string[] =>
    position.length >= places.length - 1
      ? [row(position)]
      : places[position.length].flatMap((place) => (place === null ? [leftOut] : rows([...position, place])));
  const head =
    x.shape.length === 0 ? '' : line('th', ['', ...columns.map((column) => String(column ?? '…'))]);
  const body = x.size === 0 ? '' : rows([]).join('');
  return {
    'text/plain': `${headline(x)}\n${valuesText(x, shown)}`,
    'text/html': `<table><caption>${escapeHtml(headline(x))}</caption>${head}${body}</table>`,
  };
}

function line(cell: 'th' | 'td', contents: readonly string[]): string {
  return `<tr>${contents.map((content) => `<${cell}>${content}</${cell}>`).join('')}</tr>`;
}
