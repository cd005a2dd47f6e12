/**
 * Finds `exp` and `log` in a trace again. The compiler writes them as polynomials (wgsl-wasm's `math-exp.ts`); whoever
 * looks at a softmax wants to read their names.
 */
import { floatOf, type Nodes } from './nodes.ts';

/** A function that a node is the value of, and the node of its argument. */
export interface NamedFunction {
  readonly name: 'exp' | 'log';
  readonly argument: number;
}

/** The function that ends at this node, if one does. */
export function functionAt(nodes: Nodes, node: number): NamedFunction | undefined {
  const name = nodes.nameOf(node);
  if (name === 'multiply') return expAt(nodes, node);
  if (name === 'add') return logAt(nodes, node);
  return undefined;
}

const isConstant = (nodes: Nodes, node: number, value: number) =>
  nodes.nameOf(node) === 'constant' && floatOf(nodes.bits[node]) === Math.fround(value);

/** A power of two that was put together from bits, or is the same for all. */
const isPower = (nodes: Nodes, node: number) => ['bits', 'constant'].includes(nodes.nameOf(node));

/** exp(x) = (1 + p(r)) · 2^h · 2^(n-h), of x held between -110 and 100. */
function expAt(nodes: Nodes, node: number): NamedFunction | undefined {
  const inner = nodes.arg(node, 0);
  if (!isPower(nodes, nodes.arg(node, 1)) || nodes.nameOf(inner) !== 'multiply') return undefined;
  const sum = nodes.arg(inner, 0);
  const scaled = isPower(nodes, nodes.arg(inner, 1)) && nodes.nameOf(sum) === 'add';
  if (!scaled || !isConstant(nodes, nodes.arg(sum, 1), 1)) return undefined;
  // The bounds stand at the bottom of the polynomial.
  const stack = [nodes.arg(sum, 0)];
  const seen = new Set<number>();
  for (let at = stack.pop(); at && seen.size < 64; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const low = nodes.arg(at, 0);
    const bounds = nodes.nameOf(at) === 'min' && isConstant(nodes, nodes.arg(at, 1), 100);
    if (bounds && nodes.nameOf(low) === 'max' && isConstant(nodes, nodes.arg(low, 1), -110))
      return { name: 'exp', argument: nodes.arg(low, 0) };
    for (let index = 0; index < 3; index++) if (nodes.arg(at, index)) stack.push(nodes.arg(at, index));
  }
  return undefined;
}

/** log(x) = k · ln 2 + log(1 + f) for x = 2^k (1 + f), and + 0: infinity where x is 0 or infinite. */
function logAt(nodes: Nodes, node: number): NamedFunction | undefined {
  if (!isConstant(nodes, nodes.arg(node, 1), 0)) return undefined;
  const whole = nodes.arg(node, 0);
  const parts = productAndRest(nodes, whole);
  if (!parts || !isConstant(nodes, parts.factor, 0.693145751953125)) return undefined;
  const f = nodes.arg(parts.rest, 1);
  if (nodes.nameOf(parts.rest) !== 'add' || nodes.nameOf(f) !== 'subtract') return undefined;
  const mantissa = nodes.arg(f, 0);
  if (!isConstant(nodes, nodes.arg(f, 1), 1)) return undefined;
  const scaled = nodes.nameOf(mantissa) === 'bits' ? nodes.arg(mantissa, 0) : mantissa;
  // Numbers below the normal range are scaled first: chosen is what it is.
  const argument = nodes.nameOf(scaled) === 'select' ? nodes.arg(scaled, 0) : scaled;
  return { name: 'log', argument };
}

/** Of `x · factor + rest`, rounded once or twice. */
function productAndRest(nodes: Nodes, node: number): { factor: number; rest: number } | undefined {
  if (nodes.nameOf(node) === 'fusedAdd') return { factor: nodes.arg(node, 1), rest: nodes.arg(node, 2) };
  const product = nodes.arg(node, 1);
  if (nodes.nameOf(node) !== 'add' || nodes.nameOf(product) !== 'multiply') return undefined;
  return { factor: nodes.arg(product, 1), rest: nodes.arg(node, 0) };
}
