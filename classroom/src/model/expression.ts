/** From the nodes of a trace to an expression that can be shown: sums in a row, products, and all else by name. */
import { functionAt } from './functions.ts';
import { floatOf } from './nodes.ts';
import type { Trace } from './trace.ts';
import type { Element, Expression, Product, Sum, Term } from './types.ts';

/** What a word of memory was before the kernel ran. */
export type Reader = (word: number, bits: number) => Promise<Expression>;

const sums = new Set(['add', 'subtract', 'fusedAdd', 'fusedSubtract']);

/** The expression that computed a node. */
export class ExpressionBuilder {
  readonly #trace: Trace;
  readonly #read: Reader;
  readonly #made = new Map<number, Expression>();

  constructor(trace: Trace, read: Reader) {
    this.#trace = trace;
    this.#read = read;
  }

  async expression(node: number): Promise<Expression> {
    let made = this.#made.get(node);
    if (!made) {
      made = await this.#make(node);
      this.#made.set(node, made);
    }
    return made;
  }

  async #make(node: number): Promise<Expression> {
    const { nodes } = this.#trace;
    const name = nodes.nameOf(node);
    const bits = nodes.bits[node];
    const value = floatOf(bits);
    if (name === 'constant') return { kind: 'constant', value };
    if (name === 'read') return this.#read(nodes.arg(node, 0), bits);
    const found = functionAt(nodes, node);
    if (found) {
      return { kind: 'operation', name: found.name, value, args: [await this.expression(found.argument)] };
    }
    if (sums.has(name)) return this.#sum(node);
    const args: Expression[] = [];
    for (let index = 0; index < 3; index++) {
      const arg = nodes.arg(node, index);
      if (arg) args.push(await this.expression(arg));
    }
    // Padding in the row of a softmax is filled with its first number.
    if ((name === 'max' || name === 'min') && args[0] === args[1]) return args[0];
    return { kind: 'operation', name, value, args };
  }

  #isSum(node: number): boolean {
    const { nodes } = this.#trace;
    return sums.has(nodes.nameOf(node)) && !functionAt(nodes, node);
  }

  /** Follows the running sum down to what the first term was added to. */
  async #sum(last: number): Promise<Sum> {
    const { nodes } = this.#trace;
    const terms: Term[] = [];
    let node = last;
    while (this.#isSum(node)) {
      const name = nodes.nameOf(node);
      const [x, y, z] = [nodes.arg(node, 0), nodes.arg(node, 1), nodes.arg(node, 2)];
      const sign = name === 'subtract' || name === 'fusedSubtract' ? -1 : 1;
      const sum = floatOf(nodes.bits[node]);
      if (name.startsWith('fused')) {
        terms.push({ factors: [await this.expression(x), await this.expression(y)], sign, fused: true, sum });
        node = z;
        continue;
      }
      // The running sum is the operand that is a sum itself; of two, the first.
      const second = name === 'add' && this.#isSum(y) && !this.#isSum(x);
      const [rest, term] = second ? [y, x] : [x, y];
      terms.push({ factors: await this.#factors(term), sign, fused: false, sum });
      node = rest;
    }
    const start = await this.expression(node);
    return { kind: 'sum', value: floatOf(nodes.bits[last]), start, terms: terms.reverse() };
  }

  async #factors(node: number): Promise<Term['factors']> {
    const { nodes } = this.#trace;
    if (nodes.nameOf(node) !== 'multiply' || functionAt(nodes, node)) return [await this.expression(node)];
    return [await this.expression(nodes.arg(node, 0)), await this.expression(nodes.arg(node, 1))];
  }
}

/** Elements that are multiplied with each other, or added as they are, in the order of the sums. */
export function productsOf(expression: Expression): Product[] {
  const found: Product[] = [];
  const seen = new Set<Expression>();
  const product = (factors: readonly Element[], sign: number) => {
    found.push({ factors, value: sign * factors.reduce((all, { value }) => all * value, 1) });
  };
  const visit = (part: Expression, sign: number): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (part.kind === 'sum') {
      visit(part.start, sign);
      for (const term of part.terms) {
        const elements = term.factors.filter((factor) => factor.kind === 'element');
        if (elements.length === term.factors.length) product(elements, sign * term.sign);
        else for (const factor of term.factors) visit(factor, sign * term.sign);
      }
    } else if (part.kind === 'operation') {
      const elements = part.args.filter((arg) => arg.kind === 'element');
      if (part.name === 'multiply' && elements.length === 2) product(elements, sign);
      else for (const arg of part.name === 'select' ? part.args.slice(0, 1) : part.args) visit(arg, sign);
    } else if (part.kind === 'element') product([part], sign);
  };
  visit(expression, 1);
  return found;
}
