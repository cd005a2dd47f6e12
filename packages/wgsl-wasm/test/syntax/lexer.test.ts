import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../src/syntax/lexer.ts';
import { RESERVED_WORDS } from '../../src/syntax/words.ts';

const texts = (source: string): string[] => tokenize(source).map((token) => token.text);
/** The token texts with template delimiters shown as `‹` and `›`. */
const templates = (source: string): string =>
  texts(source).slice(0, -1).join(' ').replaceAll('template<', '‹').replaceAll('template>', '›');

describe('tokens', () => {
  it.each([
    ['a+=b', 'a += b'],
    ['a<<=b>>c', 'a <<= b >> c'],
    ['i++;--j', 'i ++ ; -- j'],
    ['x->y', 'x -> y'],
    ['a&&b||!c', 'a && b || ! c'],
    ['a>=b!=c', 'a >= b != c'],
    ['x>>=1', 'x >>= 1'],
    ['v.xyz[0]', 'v . xyz [ 0 ]'],
    ['_ = _a', '_ = _a'],
    ['@id(1)', '@ id ( 1 )'],
  ])('%s', (source, expected) => {
    expect(templates(source)).toBe(expected);
  });

  it('drops blankspace and comments, nested ones too, and keeps offsets', () => {
    const tokens = tokenize('a\u2028/* x /* y */ z */ b // c\n\td\u0085e');
    expect(tokens.map((t) => t.text)).toEqual(['a', 'b', 'd', 'e', '']);
    expect(tokens.map((t) => t.start)).toEqual([0, 20, 28, 30, 31]);
  });

  it('takes names of any script', () => {
    expect(texts('Δέλτα réflexion Кызыл 𐰓𐰏𐰇 朝焼け سلام 검정 שָׁלוֹם गुलाबी')).toHaveLength(10);
  });

  it.each([
    ['0', '0', '', false],
    ['12u', '12', 'u', false],
    ['0xFFi', '0xFF', 'i', false],
    ['1f', '1', 'f', true],
    ['0h', '0', 'h', true],
    ['1.', '1.', '', true],
    ['.5', '.5', '', true],
    ['1e-3f', '1e-3', 'f', true],
    ['01.5', '01.5', '', true],
    ['0x1.8', '0x1.8', '', true],
    ['0x1p-3', '0x1p-3', '', true],
    ['0x.8p4f', '0x.8p4', 'f', true],
    ['0x1.8f', '0x1.8f', '', true],
  ] as const)('the number %s', (source, text, suffix, isFloat) => {
    expect(tokenize(source)[0]).toMatchObject({ kind: 'number', text, suffix, isFloat, end: source.length });
  });

  it.each(['01', '0x', '1u1', '1.5u', '1lf', '0x1g', '1__', '0xp3'])('refuses the number %s', (source) => {
    expect(() => tokenize(source)).toThrow(/1:1: error/);
  });

  it('refuses reserved words, double underscores, stray characters and open comments', () => {
    for (const word of RESERVED_WORDS)
      expect(() => tokenize(`let ${word} = 1;`)).toThrow(`'${word}' is a reserved word`);
    expect(() => tokenize('__x')).toThrow('two underscores');
    expect(() => tokenize('a $ b')).toThrow('1:3: error: unexpected character "$"');
    expect(() => tokenize('a /* /* */')).toThrow('1:3: error: this block comment is not closed');
  });
});

describe('template lists', () => {
  // The examples of the specification's section "Template Lists", and neighbours of them.
  it.each([
    ['vec3<f32>', 'vec3 ‹ f32 ›'],
    ['array<vec4<f32>>', 'array ‹ vec4 ‹ f32 › ›'],
    ['var<storage,read_write> x', 'var ‹ storage , read_write › x'],
    ['A ( B < C, D > ( E ) )', 'A ( B ‹ C , D › ( E ) )'],
    ['array<i32,select(2,3,a>b)>', 'array ‹ i32 , select ( 2 , 3 , a > b ) ›'],
    ['a[b<d]>()', 'a [ b < d ] > ( )'],
    ['A<B<<C>', 'A ‹ B << C ›'],
    ['A<B<=C>', 'A ‹ B <= C ›'],
    ['A<(B>=C)>', 'A ‹ ( B >= C ) ›'],
    ['A<(B!=C)>', 'A ‹ ( B != C ) ›'],
    ['A<(B==C)>', 'A ‹ ( B == C ) ›'],
    ['a<b || c>d', 'a < b || c > d'],
    ['a<b && c>d', 'a < b && c > d'],
    ['a<b;c>d', 'a < b ; c > d'],
    ['if a<b { c>d; }', 'if a < b { c > d ; }'],
    ['x = a<b; y = c>d', 'x = a < b ; y = c > d'],
    ['a<b, c>=d', 'a ‹ b , c › = d'],
    ['array<array<f32, 2>, 3>=x', 'array ‹ array ‹ f32 , 2 › , 3 › = x'],
    ['vec2<f32>>x', 'vec2 ‹ f32 › > x'],
    ['1.0f<b>', '1.0 < b >'],
    ['true<b>', 'true < b >'],
    ['a<b>>c', 'a ‹ b › > c'],
    ['a >> b', 'a >> b'],
    ['a<(b>>c)>', 'a ‹ ( b >> c ) ›'],
  ])('%s', (source, expected) => {
    expect(templates(source)).toBe(expected);
  });

  it('loses no character: the tokens cover the text but for blanks', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '<',
      '>',
      '=',
      '(',
      ')',
      ',',
      ';',
      '&&',
      '1',
      ' ',
      '[',
      ']',
      '!',
      '>>=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = pieces.join('');
        let covered = '';
        try {
          for (const token of tokenize(source)) covered += source.slice(token.start, token.end);
        } catch {
          return; // a number such as 1a
        }
        expect(covered).toBe(source.replaceAll(' ', ''));
      }),
    );
  });
});
