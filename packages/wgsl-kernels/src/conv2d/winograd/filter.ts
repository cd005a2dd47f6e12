import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import type { Machine } from '../../machine.ts';
import { declareAll } from './tiles.ts';

export interface WinogradFilter {
  /** The kernel's name. */
  readonly name: string;
  /** Name of the buffer with the filter: 3,3,rows,columns in memory. */
  readonly source: string;
  /** Channels that the convolution sums over, padded to a multiple of 4. */
  readonly rows: number;
  /** Channels that it computes, padded to a multiple of 4. */
  readonly columns: number;
  /** Rotate the filter by 180 degrees, as the input gradient needs it. */
  readonly rotated: boolean;
  /** vec4s of columns that one invocation of the convolution computes: they lie together. */
  readonly panel: number;
}

/** Words of the transformed filter. */
export function winogradFilterWords({ rows, columns }: WinogradFilter): number {
  return 16 * rows * columns;
}

/** G applied to three values. */
function filterRows([g0, g1, g2]: readonly string[]): string[] {
  return [g0, `0.5 * (${g0} + ${g1} + ${g2})`, `0.5 * (${g0} - ${g1} + ${g2})`, g2];
}

/** U = G g G^T for every pair of channels, in the order in which the convolution reads it (see `tiles.ts`). */
export function winogradFilter(filter: WinogradFilter, { workgroupSize }: Machine): Kernel {
  const { name, source, rows, columns, rotated, panel } = filter;
  const groups = columns / 4;
  const tap = (r: number, s: number) => (rotated ? 8 - (3 * r + s) : 3 * r + s);
  const load = (s: number) =>
    repeat(3, (r) => `let g${r}${s} = ${source}[${ahead('at', tap(r, s), 'TAP')}];`, ' ');
  const timesLeft = (s: number) => {
    const values = filterRows([`g0${s}`, `g1${s}`, `g2${s}`]);
    return repeat(4, (a) => `let h${a}${s} = ${values[a]};`, ' ');
  };
  const timesRight = (a: number) => {
    const stores = repeat(4, (b) => `transformed[${ahead('to', 4 * a + b, 'ELEMENT')}] = u${a}${b};`, ' ');
    return `${declareAll(`u${a}`, filterRows([`h${a}0`, `h${a}1`, `h${a}2`]))}\n${stores}`;
  };
  return linearKernel({
    name,
    about: `
U = G g G^T, the 4x4 form of a 3x3 filter${rotated ? ' rotated by 180 degrees' : ''}, for every pair of channels;
G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
${source}: [3,3,${rows},${columns}]
transformed: [${groups / panel} panels, 4,4 elements, ${rows}, ${4 * panel}]: the columns of a panel lie together
One invocation transforms ${4 * panel} filters, those of a panel: elements may lie so far apart that they push each
other out of a first-level cache, and so whole cache lines are written at once.`,
    bindings: [reads(source, 'array<vec4<f32>>'), readsWrites('transformed', 'array<vec4<f32>>')],
    invocations: (rows * groups) / panel,
    workgroupSize,
    constants: {
      ROWS: [rows, 'channels that are summed over'],
      GROUPS: [groups, 'vec4s of channels that are computed'],
      PANEL: [panel, 'vec4s of them that lie together'],
      TAP: [rows * groups, 'vec4s of a tap of the 3x3'],
      ELEMENT: [rows * panel, 'vec4s of an element of the 4x4, in a panel'],
    },
    body: `let row = i % ROWS;
let panel = i / ROWS;
for (var j = 0u; j < PANEL; j++) {
  let at = row * GROUPS + panel * PANEL + j;
  let to = (panel * (16u * ROWS) + row) * PANEL + j;
${indent(repeat(3, load))}
${indent(repeat(3, timesLeft))}
${indent(repeat(4, timesRight))}
}`,
    flop: 4 * rows * groups * 42,
    bytes: 4 * (9 + 16) * rows * columns,
  });
}
