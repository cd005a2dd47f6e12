/** A formula with its numbers, in MathML and as a sentence. */
import { brackets, call, type Maths, n, o, over, root, row } from './math.tsx';
import { brief } from './numerals.ts';
import type { Formula, Part } from './packed.ts';

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
