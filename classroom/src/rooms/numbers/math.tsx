/** Formulas in MathML: browsers draw it without a library. */
import type { ComponentChildren, JSX } from 'preact';
import type { Block } from '../../playground/spec.ts';
import { brief } from './numerals.ts';
import type { Formula, Part } from './packed.ts';
import type { RuleName } from './sentences.ts';

type Maths = ComponentChildren;

const v = (name: string, index?: string): JSX.Element =>
  index === undefined ? (
    <mi>{name}</mi>
  ) : (
    <msub>
      <mi>{name}</mi>
      <mi mathvariant="normal">{index}</mi>
    </msub>
  );
const n = (value: string | number): JSX.Element => <mn>{value}</mn>;
const o = (sign: string): JSX.Element => <mo>{sign}</mo>;
const squared = (inside: Maths): JSX.Element => (
  <msup>
    {inside}
    <mn>2</mn>
  </msup>
);
/** Preact leaves attributes out that are false. */
const asHigh = { stretchy: 'false' } as unknown as { stretchy: boolean };
const bracket = (sign: string): JSX.Element => <mo {...asHigh}>{sign}</mo>;
const row = (...parts: Maths[]): JSX.Element => <mrow>{parts}</mrow>;
const over = (top: Maths, bottom: Maths): JSX.Element => (
  <mfrac>
    <mrow>{top}</mrow>
    <mrow>{bottom}</mrow>
  </mfrac>
);
const root = (inside: Maths): JSX.Element => (
  <msqrt>
    <mrow>{inside}</mrow>
  </msqrt>
);
const sum = (under: string): JSX.Element => (
  <munder>
    <mo>∑</mo>
    <mi mathvariant="normal">{under}</mi>
  </munder>
);
const hat = (name: string): JSX.Element => (
  <mover>
    <mi>{name}</mi>
    <mo {...asHigh}>^</mo>
  </mover>
);
const brackets = (...inside: Maths[]): JSX.Element => row(bracket('('), ...inside, bracket(')'));
/** 1 if it is true, else 0. */
const whether = (...inside: Maths[]): JSX.Element => row(bracket('['), ...inside, bracket(']'));
const call = (name: string, ...inside: Maths[]): JSX.Element => row(<mi>{name}</mi>, brackets(...inside));

/** Stride and padding put in: `2p−1+r`. */
function readAt(output: string, tap: string, { stride, padding }: Block): string {
  return `${stride > 1 ? stride : ''}${output}${padding > 0 ? `−${padding}` : ''}+${tap}`;
}
function writtenAt(input: string, tap: string, { stride, padding }: Block): string {
  const above = `${input}${padding > 0 ? `+${padding}` : ''}−${tap}`;
  return stride > 1 ? `(${above})/${stride}` : above;
}

/** The formula as textbooks and PyTorch's documents write it. dx is the gradient of the loss by x. */
export function RuleMath({ name, block }: { name: RuleName; block: Block | undefined }) {
  const maths = formulas[name]?.(block ?? { channels: 1, stride: 1, padding: 0 });
  return maths ? (
    <math display="block" class="rule">
      <mrow>{maths}</mrow>
    </math>
  ) : null;
}

const spread = () => root([squared(v('σ')), o('+'), v('ε')]);

const formulas: Partial<Record<RuleName, (block: Block) => Maths[]>> = {
  pixel: () => [v('x'), o('='), over(v('byte'), n('127.5')), o('−'), n(1)],
  convOutput: (block) => [
    v('y', 'n,k,p,q'),
    o('='),
    v('b', 'k'),
    o('+'),
    sum('c,r,s'),
    v('x', `n,c,${readAt('p', 'r', block)},${readAt('q', 's', block)}`),
    o('·'),
    v('w', 'k,c,r,s'),
  ],
  convInputGradient: (block) => [
    v('dx', 'n,c,i,j'),
    o('='),
    sum('k,r,s'),
    v('dy', `n,k,${writtenAt('i', 'r', block)},${writtenAt('j', 's', block)}`),
    o('·'),
    v('w', 'k,c,r,s'),
  ],
  convWeightGradient: (block) => [
    v('dw', 'k,c,r,s'),
    o('='),
    sum('n,p,q'),
    v('x', `n,c,${readAt('p', 'r', block)},${readAt('q', 's', block)}`),
    o('·'),
    v('dy', 'n,k,p,q'),
  ],
  biasGradient: () => [v('db', 'k'), o('='), sum('n,p,q'), v('dy', 'n,k,p,q')],
  reluOutput: () => [v('y'), o('='), call('max', v('x'), o(','), n(0))],
  reluInputGradient: () => [v('dx'), o('='), v('dy'), o('·'), whether(v('x'), o('>'), n(0))],
  normOutput: () => [
    v('y'),
    o('='),
    v('γ', 'c'),
    o('·'),
    over([v('x'), o('−'), v('μ', 'c')], spread()),
    o('+'),
    v('β', 'c'),
  ],
  normInputGradient: () => [
    v('dx'),
    o('='),
    over(v('γ', 'c'), spread()),
    brackets(
      v('dy'),
      o('−'),
      call('mean', v('dy')),
      o('−'),
      hat('x'),
      o('·'),
      call('mean', v('dy'), o('·'), hat('x')),
    ),
    o(','),
    hat('x'),
    o('='),
    over([v('x'), o('−'), v('μ', 'c')], spread()),
  ],
  normWeightGradient: () => [v('dγ', 'c'), o('='), sum('n,h,w'), v('dy', 'n,c,h,w'), o('·'), hat('x')],
  normMean: () => [v('μ', 'c'), o('='), over(n(1), v('N H W')), sum('n,h,w'), v('x', 'n,c,h,w')],
  normDeviation: () => [
    over(n(1), spread()),
    o(','),
    squared(v('σ')),
    o('='),
    over(n(1), v('N H W')),
    sum('n,h,w'),
    squared(brackets(v('x', 'n,c,h,w'), o('−'), v('μ', 'c'))),
  ],
  flattenOutput: () => [v('y', 'n, (c·H + h)·W + w'), o('='), v('x', 'n,c,h,w')],
  flattenInputGradient: () => [v('dx', 'n,c,h,w'), o('='), v('dy', 'n, (c·H + h)·W + w')],
  dropoutOutput: () => [v('y'), o('='), v('x'), o('·'), over(v('mask'), [n(1), o('−'), v('rate')])],
  dropoutInputGradient: () => [v('dx'), o('='), v('dy'), o('·'), over(v('mask'), [n(1), o('−'), v('rate')])],
  linearOutput: () => [
    v('y', 'n,o'),
    o('='),
    v('b', 'o'),
    o('+'),
    sum('f'),
    v('x', 'n,f'),
    o('·'),
    v('w', 'o,f'),
  ],
  linearInputGradient: () => [v('dx', 'n,f'), o('='), sum('o'), v('dy', 'n,o'), o('·'), v('w', 'o,f')],
  linearWeightGradient: () => [v('dw', 'o,f'), o('='), sum('n'), v('x', 'n,f'), o('·'), v('dy', 'n,o')],
  lossOutput: () => [
    v('L'),
    o('='),
    over(n(1), v('N')),
    sum('n'),
    row(o('−'), v('log'), v('p', 'n,t')),
    o(','),
    v('p', 'n,k'),
    o('='),
    over(call('exp', v('z', 'n,k')), [sum('j'), call('exp', v('z', 'n,j'))]),
  ],
  lossInputGradient: () => [
    v('dz', 'n,k'),
    o('='),
    over([v('p', 'n,k'), o('−'), whether(v('k'), o('='), v('t', 'n'))], v('N')),
    o(','),
    v('p', 'n,k'),
    o('='),
    over(call('exp', v('z', 'n,k')), [sum('j'), call('exp', v('z', 'n,j'))]),
  ],
  sgd: () => [
    v('w′'),
    o('='),
    v('w'),
    o('−'),
    v('lr'),
    o('·'),
    v('v'),
    o(','),
    v('v'),
    o('='),
    v('momentum'),
    o('·'),
    v('v', 'before'),
    o('+'),
    v('dw'),
    o('+'),
    v('decay'),
    o('·'),
    v('w'),
  ],
  adam: () => adam([]),
  adamw: () => adam([o('·'), brackets(n(1), o('−'), v('lr'), o('·'), v('decay'))]),
  change: () => [v('w′'), o('−'), v('w')],
};

function adam(decayed: Maths[]): Maths[] {
  return [
    v('w′'),
    o('='),
    v('w'),
    ...decayed,
    o('−'),
    v('lr'),
    o('·'),
    over(hat('m'), [root(hat('v')), o('+'), v('ε')]),
    o(','),
    hat('m'),
    o('='),
    over(
      [v('β', '1'), v('m'), o('+'), brackets(n(1), o('−'), v('β', '1')), v('dw')],
      [
        n(1),
        o('−'),
        <msubsup>
          <mi>β</mi>
          <mn>1</mn>
          <mi>t</mi>
        </msubsup>,
      ],
    ),
  ];
}

/** Terms of a sum that are written out: the first ones and the last. */
const shownTerms = 3;
const mostDepth = 5;

/** A formula with its numbers; long sums and deep parts are shortened. */
export function FormulaMath({ formula, id }: { formula: Formula; id: number }) {
  const part = formula.part(id);
  return (
    <math display="block" class="numbers-in">
      <mrow>
        <mn class="result">{brief(part.value, 4)}</mn>
        {o('=')}
        {mathsOf(formula, part, 0, true)}
      </mrow>
    </math>
  );
}

function mathsOf(formula: Formula, part: Part, depth: number, bare = false): Maths {
  if (part.kind === 'element' || part.kind === 'constant' || depth >= mostDepth)
    return number(part.value, bare);
  if (part.kind === 'operation') return operation(formula, part, depth);
  const { start, count, id } = part;
  const numbers =
    count <= shownTerms + 1 ? range(count) : [...range(shownTerms - (depth > 0 ? 1 : 0)), -1, count - 1];
  const first = formula.part(start);
  const silent = first.kind === 'constant' && first.value === 0 && count > 0;
  const terms = numbers.map((at, place) => {
    if (at < 0) return row(o('+'), o('⋯'));
    const { left, right, minus } = formula.term(id, at);
    const sign = silent && place === 0 && !minus ? null : o(minus ? '−' : '+');
    const own = mathsOf(formula, formula.part(left), depth + 1, right === undefined && sign === null);
    if (right === undefined) return row(sign, own);
    return row(sign, own, o('·'), mathsOf(formula, formula.part(right), depth + 1));
  });
  const whole = row(silent ? null : mathsOf(formula, first, depth + 1, true), ...terms);
  return bare || count === 0 ? whole : brackets(whole);
}

const range = (count: number) => Array.from({ length: Math.max(0, count) }, (_, at) => at);

function operation(formula: Formula, part: Part & { kind: 'operation' }, depth: number): Maths {
  const arg = (at: number, bare = false) => mathsOf(formula, formula.part(part.args[at]), depth + 1, bare);
  switch (part.name) {
    case 'multiply':
      return row(arg(0), o('·'), arg(1));
    case 'divide':
      return over(arg(0, true), arg(1, true));
    case 'subtract':
      return row(arg(0), o('−'), arg(1));
    case 'sqrt':
      return root(arg(0, true));
    case 'neg':
      return row(o('−'), arg(0));
    // What was chosen; of what there was to choose from the table tells.
    case 'select':
      return mathsOf(formula, formula.part(part.args[0]), depth);
    default:
      return call(
        part.name,
        ...part.args.flatMap((_, at) => (at > 0 ? [o(','), arg(at, true)] : [arg(at, true)])),
      );
  }
}

/** Negative numbers stand in brackets, unless they come first. */
function number(value: number, bare: boolean): Maths {
  const text = n(brief(value));
  return value < 0 && !bare ? brackets(text) : text;
}

/** The same as a sentence, for those who hear the page. */
export function textOf(formula: Formula, id: number, depth = 0): string {
  const part = formula.part(id);
  const own = (each: number) => textOf(formula, each, depth + 1);
  if (part.kind === 'element' || part.kind === 'constant' || depth > 3) return brief(part.value);
  if (part.kind === 'operation') {
    if (part.name === 'select') return own(part.args[0]);
    const signs: Record<string, string> = { multiply: '×', divide: '÷', subtract: '−' };
    const sign = signs[part.name];
    return sign ? part.args.map(own).join(` ${sign} `) : `${part.name}(${part.args.map(own).join('; ')})`;
  }
  const shown = part.count > 4 ? [0, 1, -1, part.count - 1] : range(part.count);
  const terms = shown.map((at) => {
    if (at < 0) return '+ …';
    const { left, right, minus } = formula.term(id, at);
    return `${minus ? '−' : '+'} ${own(left)}${right === undefined ? '' : ` × ${own(right)}`}`;
  });
  const whole = [own(part.start), ...terms].join(' ');
  return depth > 0 ? `(${whole})` : whole;
}
