import { type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../../kernel.ts';
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
  /** Turn the filter by half a turn, as the input gradient needs it. */
  readonly turned: boolean;
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
export function winogradFilter(filter: WinogradFilter, { workgroupSize }: Tuning): Kernel {
  const { name, source, rows, columns, turned, panel } = filter;
  const groups = columns / 4;
  const tap = (r: number, s: number) => (turned ? 8 - (3 * r + s) : 3 * r + s);
  const load = (s: number) =>
    repeat(3, (r) => `let g${r}${s} = ${source}[i + ${tap(r, s) * rows * groups}u];`, ' ');
  const alongRows = (s: number) => {
    const values = filterRows([`g0${s}`, `g1${s}`, `g2${s}`]);
    return repeat(4, (a) => `let h${a}${s} = ${values[a]};`, ' ');
  };
  const alongColumns = (a: number) => {
    const stores = repeat(4, (b) => `transformed[to + ${(4 * a + b) * rows * panel}u] = u${a}${b};`, ' ');
    return `${declareAll(`u${a}`, filterRows([`h${a}0`, `h${a}1`, `h${a}2`]))}\n${stores}`;
  };
  return linearKernel({
    name,
    about: `
U = G g G^T, the 4x4 form of a 3x3 filter${turned ? ' turned by half a turn' : ''}, for every pair of channels; G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
${source}: [3,3,${rows},${columns}]
transformed: [${groups / panel} panels, 4,4 elements, ${rows}, ${4 * panel}]: a panel of ${4 * panel} columns lies together
One invocation transforms 4 filters, neighbours along the columns.`,
    bindings: [reads(source, 'array<vec4<f32>>'), writes('transformed', 'array<vec4<f32>>')],
    invocations: rows * groups,
    workgroupSize,
    body: `
let row = i / ${groups}u;
let group = i % ${groups}u;
let to = (group / ${panel}u * ${16 * rows}u + row) * ${panel}u + group % ${panel}u;
${repeat(3, load)}
${repeat(3, alongRows)}
${repeat(4, alongColumns)}`,
    flop: 4 * rows * groups * 42,
    bytes: 4 * (9 + 16) * rows * columns,
  });
}
