/** A cursor over tokens with the small vocabulary that the parser is written in. */
import type { Name, Span } from './ast.ts';
import { fail } from './diagnostics.ts';
import { type Token, tokenize } from './lexer.ts';

/** All as in Tint. */
const MAX_DEPTH = 128;
const MAX_STATEMENTS = 127;
const MAX_CHAIN = 512;

export class TokenStream {
  readonly source: string;
  readonly #tokens: Token[];
  #index = 0;
  #depth = 0;
  #statements = 0;

  constructor(source: string) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  /** The token that comes next. */
  get token(): Token {
    return this.#tokens[this.#index];
  }

  /** The one after it. */
  get following(): Token {
    return this.#tokens[Math.min(this.#index + 1, this.#tokens.length - 1)];
  }

  /** Where the token before this one ended. */
  get previousEnd(): number {
    return this.#index === 0 ? 0 : this.#tokens[this.#index - 1].end;
  }

  advance(): Token {
    const token = this.#tokens[this.#index];
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  /** Reads `--` where an expression continues as two minus signs, as Tint does: `1--1`, `--x`. */
  splitMinus(): void {
    const { token } = this;
    if (token.text !== '--' || token.kind !== 'symbol') return;
    const middle = token.start + 1;
    const second: Token = { ...token, text: '-', start: middle };
    this.#tokens.splice(this.#index, 1, { ...token, text: '-', end: middle }, second);
  }

  /** Whether the next token is this keyword or symbol. */
  at(text: string): boolean {
    const token = this.token;
    return token.text === text && (token.kind === 'symbol' || token.kind === 'keyword');
  }

  /** Takes the next token if it is this keyword or symbol. */
  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.#index++;
    return true;
  }

  /** Takes this keyword or symbol; `where` completes the sentence, e.g. 'after the condition'. */
  expect(text: string, where = ''): Token {
    if (!this.at(text)) this.unexpected(`expected '${shown(text)}'${where ? ` ${where}` : ''}`);
    return this.advance();
  }

  /** Takes an identifier; `what` says what it names. */
  name(what: string): Name {
    const token = this.token;
    if (token.kind !== 'identifier') this.unexpected(`expected ${what}`);
    this.#index++;
    return { name: token.text, start: token.start, end: token.end };
  }

  /** Parses an expression inside another, to Tint's limit: a deeper program would exhaust the stack. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail(this.token, `this is nested more than ${MAX_DEPTH} levels deep`);
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Parses a statement, block or clause inside another, to Tint's limit. */
  statement<T>(parse: () => T): T {
    if (++this.#statements > MAX_STATEMENTS) {
      this.fail(this.token, `statements are nested more than ${MAX_STATEMENTS} levels deep`);
    }
    const result = parse();
    this.#statements--;
    return result;
  }

  /** Counts the links of a chain such as `a + b + c` or `a.x.y`, which nests in the tree though not in the text. */
  checkChain(length: number): void {
    if (length > MAX_CHAIN)
      this.fail(this.token, `this expression has more than ${MAX_CHAIN} operations in a row`);
  }

  /** Refuses the next token, saying what should stand there. */
  unexpected(expected: string): never {
    const token = this.token;
    const found =
      token.kind === 'end'
        ? 'the end of the program'
        : token.kind === 'keyword'
          ? `the keyword '${token.text}'`
          : `'${shown(token.text)}'`;
    this.fail(token, `${expected}, found ${found}`);
  }

  fail(span: Span, message: string): never {
    fail(this.source, span, 'syntax', message);
  }
}

/** Template delimiters have token texts of their own; a reader knows them as `<` and `>`. */
function shown(text: string): string {
  return text.startsWith('template') ? text.slice('template'.length) : text;
}

/** `item, item, item,` up to (not including) the closing token. */
export function commaList<T>(stream: TokenStream, close: string, item: () => T): T[] {
  const items: T[] = [];
  while (!stream.at(close)) {
    items.push(item());
    if (!stream.accept(',')) break;
  }
  return items;
}
