/** Small mutations of programs, most of which are not valid any more. */
import type { Pick } from './pick.ts';

const TOKENS = /[A-Za-z_]\w*|0x[\da-f]+|\d*\.?\d+[iuf]?|[<>=!&|+\-*/%]=|&&|\|\||<<|>>|\+\+|--|[^\s\w]/g;
const SPARE = [
  'x',
  'y',
  'gid',
  'seed',
  'dst',
  'src',
  'tile',
  'params',
  '0',
  '1',
  '2u',
  '3i',
  '4.5',
  '1f',
  '65536',
  '-',
  '+',
  '*',
  '/',
  '%',
  '&',
  '|',
  '<',
  '==',
  '<<',
  '!',
  '~',
  '&&',
  '(',
  ')',
  '{',
  '}',
  ';',
  ',',
  '.x',
  '.zyx',
  '[0]',
  '[5]',
  'f32',
  'i32',
  'u32',
  'bool',
  'vec2<f32>',
  'vec3<u32>',
  'let',
  'var',
  'const',
  'if',
  'return',
  'break',
  'continue',
  'true',
  'max',
  'dot',
  '++',
  '+=',
  '=',
]; // prettier-ignore

/** The program with one or two tokens deleted, doubled, swapped or replaced. */
export function mutateProgram(source: string, pick: Pick): string {
  const tokens = [...source.matchAll(TOKENS)].map((m) => ({ text: m[0], at: m.index }));
  let text = source;
  for (let i = 1 + Math.max(0, pick(4) - 2); i > 0; i--) {
    const { text: old, at } = tokens[pick(tokens.length)];
    if (!text.startsWith(old, at)) continue;
    const other = pick(3) ? SPARE[pick(SPARE.length)] : tokens[pick(tokens.length)].text;
    const replacement = [other, other, '', `${old} ${old}`, `${old} ${other}`][pick(5)];
    text = text.slice(0, at) + replacement + text.slice(at + old.length);
  }
  return text;
}
