import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import type { Machine } from '../../machine.ts';
import type { Conv2dLayouts } from '../layouts.ts';
import { names } from './tiles.ts';

/**
 * Words of dWeight before the last transform: 16 elements for each pair of channels. A cache line lies between two
 * elements, which else would be a power of two apart and push each other out of a first-level cache.
 */
export function elementWords({ x, y }: Conv2dLayouts): number {
  return 16 * (x.extents[1] * y.extents[1] + 16);
}

/** The last transform, of a row or column of four sums to three taps. */
function tapRows(m: readonly string[]): string[] {
  return [
    `${m[0]} + 0.5 * (${m[1]} + ${m[2]})`,
    `0.5 * (${m[1]} - ${m[2]})`,
    `0.5 * (${m[1]} + ${m[2]}) - ${m[3]}`,
  ];
}

/** The second kernel of `weight-gradient.ts`: sums over slices, then the last transform. Bindings: partial, dWeight. */
export function resultKernel(
  { layouts, slices }: { readonly layouts: Conv2dLayouts; readonly slices: number },
  { workgroupSize }: Machine,
): Kernel {
  const words = layouts.x.extents[1] * layouts.y.extents[1];
  const timesLeft = (s: number) => {
    const values = tapRows(names('m').map((m) => `m${m.slice(1)}${s}`));
    return repeat(3, (r) => `let h${r}${s} = ${values[r]};`);
  };
  const timesRight = (r: number) => {
    const values = tapRows(names(`h${r}`));
    return repeat(3, (s) => `dWeight[${ahead('i', 3 * r + s, 'TAP')}] = ${values[s]};`);
  };
  const element = (e: number) => `m${Math.floor(e / 4)}${e % 4}`;
  return linearKernel({
    name: 'winogradWeightGradientSum',
    about: `
dWeight = W M W^T for every pair of channels, M the sum over ${slices} slices of partial;
W = [1 1/2 1/2 0; 0 1/2 -1/2 0; 0 1/2 1/2 -1].
partial: [${slices},4,4,${words}], with 16 words after each element; dWeight: [3,3,${words}]
One invocation adds the slices in order, for one vec4 of output channels.`,
    bindings: [reads('partial', 'array<vec4<f32>>'), readsWrites('dWeight', 'array<vec4<f32>>')],
    invocations: words / 4,
    workgroupSize,
    constants: {
      ELEMENT: [elementWords(layouts) / 64, 'vec4s from one element of partial to the next'],
      TAP: [words / 4, 'vec4s of a tap'],
      SLICES: slices,
    },
    body: `${repeat(16, (e) => `var ${element(e)} = partial[${ahead('i', e, 'ELEMENT')}];`)}
for (var slice = 1u; slice < SLICES; slice++) {
  let at = slice * (16u * ELEMENT) + i;
${indent(repeat(16, (e) => `${element(e)} += partial[${ahead('at', e, 'ELEMENT')}];`))}
}
${repeat(4, timesLeft)}
${repeat(3, timesRight)}`,
    flop: words * (16 * slices + 42),
    bytes: 4 * words * (16 * slices + 9),
  });
}
