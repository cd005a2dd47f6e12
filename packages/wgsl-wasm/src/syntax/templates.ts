/**
 * Template list discovery (WGSL "Template Lists"): decides for each `<` and `>` whether it delimits a template list,
 * before anything is parsed. Works on tokens in which every `>` stands alone; afterwards `>>`, `>=`, `>>=` are joined
 * again.
 */
import type { Token } from './lexer.ts';

interface Candidate {
  readonly token: Token;
  readonly depth: number;
}

/** Marks template delimiters and returns the tokens with the remaining `>` joined to operators. */
export function discoverTemplates(tokens: Token[]): Token[] {
  let pending: Candidate[] = [];
  let depth = 0;
  const dropFrom = (limit: number) => {
    while (pending.length > 0 && pending[pending.length - 1].depth >= limit) pending.pop();
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (
      token.kind === 'identifier' ||
      (token.kind === 'keyword' && token.text !== 'true' && token.text !== 'false')
    ) {
      if (tokens[i + 1].text === '<' && tokens[i + 1].kind === 'symbol') {
        pending.push({ token: tokens[i + 1], depth });
        i++;
      }
      continue;
    }
    if (token.kind !== 'symbol') continue;
    switch (token.text) {
      case '>': {
        const top = pending[pending.length - 1];
        if (top && top.depth === depth) {
          top.token.text = 'template<';
          token.text = 'template>';
          pending.pop();
        } else if (tokens[i + 1].text === '=' && tokens[i + 1].start === token.end) i++;
        break;
      }
      case '(':
      case '[':
        depth++;
        break;
      case ')':
      case ']':
        dropFrom(depth);
        depth = Math.max(0, depth - 1);
        break;
      case ';':
      case '{':
      case ':':
      case '=':
      case '+=':
      case '-=':
      case '*=':
      case '/=':
      case '%=':
      case '&=':
      case '|=':
      case '^=':
      case '<<=':
        depth = 0;
        pending = [];
        break;
      case '&&':
      case '||':
        dropFrom(depth);
        break;
    }
  }
  return joinGreater(tokens);
}

/** Joins adjacent `>` `>` `=` that are not template delimiters into one operator token. */
function joinGreater(tokens: Token[]): Token[] {
  const joined: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    joined.push(token);
    if (token.text !== '>' || token.kind !== 'symbol') continue;
    for (const part of ['>', '=']) {
      const next = tokens[i + 1];
      if (next.text !== part || next.start !== token.end) continue;
      token.text += part;
      token.end = next.end;
      i++;
    }
  }
  return joined;
}
