import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { roundUp4 } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { MatmulSpec } from './spec.ts';

/** Smaller products are done before a matrix is turned, and sum in the order of their own form. */
const [enoughSize, enoughDepth] = [160, 64];
/** Blocks of 4 x 4 that an invocation turns: what it writes are two whole cache lines a row. */
const blocksEach = 8;

/**
 * True if matrices that are stored transposed are turned first: large products on a CPU, whose caches have few places
 * for rows that lie far apart. The form `rows` is then at hand, which is the fastest.
 */
export function turns({ m, k, n, batch, transposeA, transposeB }: MatmulSpec, { jumps }: Machine): boolean {
  const turned = transposeA === true || transposeB === true;
  return (
    turned && jumps === 'costly' && batch === undefined && Math.min(m, n) >= enoughSize && k >= enoughDepth
  );
}

/** Words of a matrix [rows, columns] in rowMajor. */
export function turnedWords(rows: number, columns: number): number {
  return rows * roundUp4(columns);
}

/** turned[j,i] = stored[i,j]: stored is [rows, columns]. Bindings: the two of these names. */
export function turnKernel(
  [stored, turned]: readonly [string, string],
  rows: number,
  columns: number,
  { workgroupSize }: Machine,
): Kernel {
  const across = Math.ceil(columns / 4);
  const down = Math.ceil(rows / 4);
  const runs = Math.ceil(down / blocksEach);
  const inside = rows % 4 === 0;
  const load = (r: number) => {
    const at = `${stored}[(block * 4u + ${r}u) * FROM4 + column]`;
    return `let v${r} = ${inside ? at : `select(vec4<f32>(), ${at}, block * 4u + ${r}u < ROWS)`};`;
  };
  const store = (c: number) => {
    const lanes = repeat(4, (r) => `v${r}.${'xyzw'[c]}`, ', ');
    const text = `${turned}[(column * 4u + ${c}u) * TO4 + block] = vec4<f32>(${lanes});`;
    return columns % 4 === 0 ? text : `if (column * 4u + ${c}u < COLUMNS) { ${text} }`;
  };
  return linearKernel({
    name: 'matmulTurn',
    about: `
${turned}[j,i] = ${stored}[i,j]; ${stored}: [${rows},${columns}], rows padded with zeros to multiples of 4
One invocation: ${blocksEach} blocks of 4 x 4.`,
    bindings: [reads(stored, 'array<vec4<f32>>'), readsWrites(turned, 'array<vec4<f32>>')],
    invocations: across * runs,
    workgroupSize,
    constants: {
      ROWS: rows,
      COLUMNS: columns,
      FROM4: [across, `vec4s of a row of ${stored}`],
      TO4: [down, `vec4s of a row of ${turned}`],
      BLOCKS_EACH: blocksEach,
    },
    body: `let column = i % FROM4;
let first = i / FROM4 * BLOCKS_EACH;
let end = ${down % blocksEach === 0 ? 'first + BLOCKS_EACH' : 'min(first + BLOCKS_EACH, TO4)'};
for (var block = first; block < end; block++) {
  ${repeat(4, load, '\n  ')}
  ${repeat(4, store, '\n  ')}
}`,
    flop: 0,
    bytes: 8 * rows * columns,
  });
}
