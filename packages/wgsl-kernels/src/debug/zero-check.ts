import { coordinates } from '../elementwise/coordinates.ts';
import { faultsBinding, faultText } from '../faults.ts';
import { indent, type Kernel, linearKernel, reads } from '../kernel.ts';
import { forEachElement, type Layout, zeroTailWords } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';

/** True if a tensor of this layout has words that must be 0: padding, or a zero tail. */
export function hasZeros(layout: Layout): boolean {
  return zeroTailWords(layout) > 0 || coordinates(layout).inside !== undefined;
}

/**
 * Checks the rule that every other kernel relies on: padding elements and the zero tail of a tensor are 0.
 * Bindings: x (the tensor with its tail), site (a u32 that says which operand of which kernel this is), faults. What
 * is not 0 becomes a fault `notZero`: row is the word's place in x, value the site, limit its bits.
 */
export function zeroCheck(layout: Layout, { workgroupSize }: Machine = machines.gpu): Kernel {
  const data = layout.size / 4;
  const vectors = data + zeroTailWords(layout) / 4;
  const { declare, inside, insideDims } = coordinates(layout);
  // Without padding only the tail is looked at.
  const first = inside ? 0 : data;
  const padding = inside
    ? `${declare(insideDims).join('\n')}\nfree = !(${inside});`
    : 'free = vec4<bool>(false);';
  return linearKernel({
    name: 'zeroCheck',
    about: `
Padding and zero tail of x are 0.
x: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}], then ${4 * (vectors - data)} words of zeros
One invocation looks at four words.`,
    bindings: [reads('x', 'array<vec4<u32>>'), reads('site', 'array<u32>'), faultsBinding],
    invocations: vectors - first,
    workgroupSize,
    declarations: faultText('notZero'),
    body: `
let v = i${first ? ` + ${first}u` : ''};
var free = vec4<bool>(true);
if (v < ${data}u) {
${indent(padding)}
}
let bits = select(vec4<u32>(), x[v], free);
for (var lane = 0u; lane < 4u; lane++) {
  // Minus zero is zero.
  if ((bits[lane] & 0x7fffffffu) != 0u) { fault(4u * v + lane, site[0], bits[lane]); }
}`,
    flop: 0,
    bytes: 16 * (vectors - first) + 4,
  });
}

/** The places of a tensor's words, tail included, that are neither elements nor 0. */
export function zeroCheckOracle(layout: Layout, words: ArrayLike<number>): number[] {
  const used = new Set<number>();
  forEachElement(layout, (_, offset) => used.add(offset));
  return Array.from({ length: layout.size + zeroTailWords(layout) }, (_, at) => at).filter(
    (at) => !used.has(at) && words[at] !== 0,
  );
}
