/** Colours for WGSL: which words and signs are what. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';

const words = (text: string) => new Set(text.split(' '));

const keywords = words(
  'alias break case const const_assert continue continuing default diagnostic discard else enable fn for if let loop ' +
    'override requires return struct switch var while',
);
const spaces = words('function private workgroup uniform storage read write read_write');
const types = /^(bool|[iuf]32|f16|(vec[234]|mat[234]x[234])[iufh]?|array|atomic|ptr)$/;
const number = /^(0[xX][\da-fA-F.]+([pP][+-]?\d+)?|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)[iufh]?/;

interface State {
  /** How many block comments are open: they may stand in each other. */
  depth: number;
}

const parser: StreamParser<State> = {
  name: 'wgsl',
  startState: () => ({ depth: 0 }),
  token(stream, state) {
    if (state.depth > 0 || stream.match('/*')) {
      if (state.depth === 0) state.depth = 1;
      while (!stream.eol() && state.depth > 0) {
        if (stream.match('/*')) state.depth++;
        else if (stream.match('*/')) state.depth--;
        else stream.next();
      }
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/^@\w+/)) return 'meta';
    if (stream.match(number)) return 'number';
    if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) {
      const word = stream.current();
      if (word === 'true' || word === 'false') return 'atom';
      if (keywords.has(word)) return 'keyword';
      if (types.test(word)) return 'typeName';
      if (stream.match(/^\s*\(/, false)) return 'variableName.function';
      return spaces.has(word) ? 'modifier' : 'variableName';
    }
    if (stream.match(/^[-+*/%&|^!<>=~]+/)) return 'operator';
    stream.next();
    return 'punctuation';
  },
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
};

/** WGSL for the editor. */
export const wgsl = StreamLanguage.define(parser);
