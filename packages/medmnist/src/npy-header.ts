import { DataError } from '@glassbox/files';

/**
 * The text inside an npy header is a Python dictionary display, for instance
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. This file reads that much of Python and no more:
 * strings, True, False, None, non-negative integers, tuples, lists and dictionaries.
 */
type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

const maxDepth = 6;

/**
 * Reads an npy header's text.
 *
 * @throws DataError when it is not a dictionary with exactly descr, fortran_order and shape.
 */
export function parseNpyHeaderText(
  text: string,
  name: string,
): { descr: string; fortranOrder: boolean; shape: number[] } {
  const parser = new LiteralParser(text, name);
  const value = parser.document();
  const fail = (problem: string) => new DataError(name, problem, 'Write the array anew with np.save.');
  if (!(value instanceof Map)) throw fail('has a header that is not a dictionary');
  const keys = [...value.keys()].sort().join(' ');
  if (keys !== 'descr fortran_order shape') {
    throw fail(
      `has a header with the keys ${JSON.stringify(keys.slice(0, 80))} instead of descr, fortran_order, shape`,
    );
  }
  const descr = value.get('descr');
  const fortranOrder = value.get('fortran_order');
  const shape = value.get('shape');
  if (Array.isArray(descr))
    throw fail('is a structured array (a dtype with named fields), which is not supported');
  if (typeof descr !== 'string') throw fail('has a header whose descr is not a string');
  if (typeof fortranOrder !== 'boolean') throw fail('has a header whose fortran_order is not True or False');
  if (!Array.isArray(shape) || !shape.every((extent) => typeof extent === 'number')) {
    throw fail('has a header whose shape is not a tuple of non-negative integers');
  }
  return { descr, fortranOrder, shape };
}

class LiteralParser {
  readonly #text: string;
  readonly #name: string;
  #at = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  document(): Literal {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unreadable();
    return value;
  }

  #unreadable(): DataError {
    const where = JSON.stringify(this.#text.slice(this.#at, this.#at + 20));
    return new DataError(
      this.#name,
      `has an unreadable npy header at character ${this.#at}: ${where}`,
      'The file is damaged: fetch it again, or write the array anew with np.save.',
    );
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at])) this.#at++;
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    this.#space();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #value(depth: number): Literal {
    if (depth > maxDepth) throw this.#unreadable();
    if (this.#take('{')) return this.#dictionary(depth);
    if (this.#take('(')) return this.#sequence(')', depth);
    if (this.#take('[')) return this.#sequence(']', depth);
    const word = this.#match(/True|False|None/y);
    if (word) return word[0] === 'None' ? null : word[0] === 'True';
    // Python 2 wrote long integers as 3L.
    const number = this.#match(/(\d{1,16})L?(?![\w.])/y);
    if (number && Number.isSafeInteger(Number(number[1]))) return Number(number[1]);
    // Python 2 wrote Unicode text as u'…'.
    const text = this.#match(/[uU]?(?:'([^'\\]*)'|"([^"\\]*)")/y);
    if (text) return text[1] ?? text[2];
    throw this.#unreadable();
  }

  #sequence(end: string, depth: number): Literal[] {
    const items: Literal[] = [];
    while (!this.#take(end)) {
      items.push(this.#value(depth + 1));
      if (this.#take(',')) continue;
      if (this.#take(end)) break;
      throw this.#unreadable();
    }
    return items;
  }

  #dictionary(depth: number): Map<string, Literal> {
    const items = new Map<string, Literal>();
    while (!this.#take('}')) {
      const key = this.#value(depth + 1);
      if (typeof key !== 'string' || items.has(key) || !this.#take(':')) throw this.#unreadable();
      items.set(key, this.#value(depth + 1));
      if (this.#take(',')) continue;
      if (this.#take('}')) break;
      throw this.#unreadable();
    }
    return items;
  }
}
