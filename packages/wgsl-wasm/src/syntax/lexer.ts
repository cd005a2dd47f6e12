/**
 * Text to tokens: blankspace and (nested) comments are dropped, the longest match wins, and template lists are
 * discovered (`templates.ts`), so that `<` and `>` mean one thing each when the parser sees them.
 */
import type { LiteralSuffix } from './ast.ts';
import { fail } from './diagnostics.ts';
import { discoverTemplates } from './templates.ts';
import { KEYWORDS, RESERVED_WORDS } from './words.ts';

export type TokenKind = 'identifier' | 'keyword' | 'number' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  /** The source text; `template<` and `template>` for the delimiters of a template list. */
  text: string;
  readonly start: number;
  end: number;
  /** Numbers only. */
  readonly suffix: LiteralSuffix;
  readonly isFloat: boolean;
}

const BLANK = /[\t-\r \u0085\u200e\u200f\u2028\u2029]+/y;
const IDENTIFIER = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
// In the order tried; a decimal integer that continues as a float is caught by the float patterns before it.
const HEX_FLOAT =
  /(0[xX](?:[0-9a-fA-F]*\.[0-9a-fA-F]+|[0-9a-fA-F]+\.[0-9a-fA-F]*)(?:[pP][+-]?[0-9]+)?|0[xX][0-9a-fA-F]+[pP][+-]?[0-9]+)([fh]?)/y;
const HEX_INT = /(0[xX][0-9a-fA-F]+)([iu]?)/y;
const DECIMAL_FLOAT =
  /([0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)([fh]?)/y;
const DECIMAL_INT = /(0|[1-9][0-9]*)([iufh]?)/y;
// `>` stays single here: `templates.ts` joins `>>`, `>=` and `>>=` where no template list ends.
// Literals, not pieces of one string: the engine compares those by identity.
// biome-ignore format: one line for each group of operators reads better
const SYMBOLS = [
  '&&', '&=', '&', '||', '|=', '|', '^=', '^', '~',
  '->', '--', '-=', '-', '++', '+=', '+', '*=', '*', '/=', '/', '%=', '%',
  '==', '=', '!=', '!', '<<=', '<<', '<=', '<', '>',
  '(', ')', '[', ']', '{', '}', ',', '.', ':', ';', '@', '_',
];
/** By the code of the first character, longest first. */
const SYMBOLS_FROM: readonly (readonly string[])[] = Array.from({ length: 128 }, (_, code) =>
  SYMBOLS.filter((symbol) => symbol.charCodeAt(0) === code),
);

const isWordCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;

/** The name at `at`, or ''. Names of ASCII letters, nearly all, take no regular expression. */
function wordAt(source: string, at: number): string {
  let end = at;
  const first = source.charCodeAt(at);
  if (!(first >= 48 && first <= 57)) while (isWordCode(source.charCodeAt(end))) end++;
  if (source.charCodeAt(end) > 127) return matchAt(IDENTIFIER, source, at)?.[0] ?? '';
  return source.slice(at, end);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** The offset after the comment that starts at `at`. */
function skipComment(source: string, at: number): number {
  if (source[at + 1] === '/') {
    const rest = /[\n\v\f\r\u0085\u2028\u2029]/g;
    rest.lastIndex = at;
    return rest.exec(source)?.index ?? source.length;
  }
  let depth = 0;
  let i = at;
  do {
    if (source.startsWith('/*', i)) {
      depth++;
      i += 2;
    } else if (source.startsWith('*/', i)) {
      depth--;
      i += 2;
    } else if (i >= source.length) {
      fail(source, { start: at, end: at + 2 }, 'syntax', "this block comment is not closed; expected '*/'");
    } else i++;
  } while (depth > 0);
  return i;
}

function lexNumber(source: string, at: number): Token {
  const hex = source[at] === '0' && (source[at + 1] === 'x' || source[at + 1] === 'X');
  const float = matchAt(hex ? HEX_FLOAT : DECIMAL_FLOAT, source, at);
  const match = float ?? matchAt(hex ? HEX_INT : DECIMAL_INT, source, at);
  if (!match) {
    fail(source, { start: at, end: at + 2 }, 'syntax', "a hexadecimal number needs digits after '0x'");
  }
  // A hexadecimal float takes a suffix only after an exponent: in 0x1.8f the f is a digit.
  const suffix = (float && hex && !/[pP]/.test(match[1]) ? '' : match[2]) as LiteralSuffix;
  const end = at + match[1].length + suffix.length;
  const after = matchAt(/[0-9]|[\p{XID_Start}_]\p{XID_Continue}*/uy, source, end);
  if (after) {
    const span = { start: at, end: end + after[0].length };
    const reason = /^0[0-9]/.test(source.slice(at, span.end))
      ? 'an integer literal must not start with 0'
      : `'${after[0]}' cannot follow the number '${source.slice(at, end)}'; suffixes are i and u for integers, f for floats`;
    fail(source, span, 'syntax', reason);
  }
  const isFloat = float !== null || suffix === 'f' || suffix === 'h';
  return { kind: 'number', text: match[1], start: at, end, suffix, isFloat };
}

/** All tokens of a module; the last one is of kind `end`. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const nul = source.indexOf('\0');
  if (nul >= 0)
    fail(source, { start: nul, end: nul + 1 }, 'syntax', 'a program must not contain the character U+0000');
  let at = 0;
  const push = (kind: TokenKind, text: string) => {
    tokens.push({ kind, text, start: at, end: at + text.length, suffix: '', isFloat: false });
    at += text.length;
  };
  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (code === 32 || code === 10) {
      at++;
      continue;
    }
    // Only these codes start anything else that is blank.
    const blank = code < 14 || code > 127 ? matchAt(BLANK, source, at) : null;
    if (blank) {
      at += blank[0].length;
      continue;
    }
    if (code === 47 && (source[at + 1] === '/' || source[at + 1] === '*')) {
      at = skipComment(source, at);
      continue;
    }
    const digit = code >= 48 && code <= 57;
    const next = source.charCodeAt(at + 1);
    if (digit || (code === 46 && next >= 48 && next <= 57)) {
      const token = lexNumber(source, at);
      tokens.push(token);
      at = token.end;
      continue;
    }
    const word = wordAt(source, at);
    if (word !== '' && word !== '_') {
      if (KEYWORDS.has(word)) push('keyword', word);
      else {
        const span = { start: at, end: at + word.length };
        if (RESERVED_WORDS.has(word)) fail(source, span, 'syntax', `'${word}' is a reserved word`);
        if (word.startsWith('__'))
          fail(source, span, 'syntax', `'${word}': a name must not start with two underscores`);
        push('identifier', word);
      }
      continue;
    }
    const symbol = SYMBOLS_FROM[code]?.find((candidate) => source.startsWith(candidate, at));
    if (!symbol) {
      const shown = String.fromCodePoint(source.codePointAt(at) as number);
      fail(
        source,
        { start: at, end: at + shown.length },
        'syntax',
        `unexpected character ${JSON.stringify(shown)}`,
      );
    }
    push('symbol', symbol);
  }
  push('end', '');
  return discoverTemplates(tokens);
}
