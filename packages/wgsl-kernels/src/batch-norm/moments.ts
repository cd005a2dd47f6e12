import { indent } from '../kernel.ts';

/**
 * Mean and M2 = Σ(x - mean)² of long runs, as a tree: a few values give a mean and an M2, a few of those another, and
 * so on; PyTorch sums in float64 to the same end. Every node measures distances from a centre that is near its
 * numbers: 0 where they lie about 0, else the mean of the first of them. A mean stays in two parts, centre and rest,
 * and no centre is infinite. So neither a common offset nor a value far from the others costs digits, and infinity
 * and NaN come out as in a plain sum.
 */
export interface Moments {
  /** The vectors of channels whose moments are taken side by side: code is repeated for each. */
  readonly units: number;
  /**
   * Items (rows, or moments of slices) in the whole run at most, in a leaf, and leaves (and so on) that one node
   * takes in.
   */
  readonly items: number;
  readonly perLeaf: number;
  readonly perNode: number;
  /**
   * WGSL: a first centre for unit `u`, a value of the items from `from` to before `to`; undefined if leaves bring
   * centres of their own.
   */
  readonly start?: (u: number, from: string, to: string) => string;
  /**
   * WGSL for the items from `from` to before `to`: declares `count: f32`, and for each unit u `center<u>`, `rest<u>`
   * (the mean is their sum) and `inner<u>` (the M2). With `start`, `near<u>` is a centre to measure from.
   */
  leaf(from: string, to: string): string;
}

/** WGSL that declares `count`, `center<u>`, `rest<u>` and `inner<u>` for the items from `from` to before `to`. */
export function moments(tree: Moments, from: string, to: string): string {
  let size = tree.perLeaf;
  let level = 0;
  while (size * tree.perNode < tree.items) {
    size *= tree.perNode;
    level += 1;
  }
  if (tree.items > tree.perLeaf) return node(tree, from, to, size, level);
  return [...starts(tree, from, to, 'let'), tree.leaf(from, to)].join('\n');
}

function starts({ units, start }: Moments, from: string, to: string, keyword: string): string[] {
  if (!start) return [];
  return Array.from(
    { length: units },
    // Infinity and NaN have no distance from anything.
    (_, u) => `let start${u} = ${start(u, from, to)};
${keyword} near${u} = select(vec4<f32>(), start${u}, start${u} - start${u} == vec4<f32>());`,
  );
}

/** One node over parts of `size` items. */
function node(tree: Moments, from: string, to: string, size: number, level: number): string {
  const units = Array.from({ length: tree.units }, (_, u) => u);
  const each = (text: (u: number) => string) => units.map(text).join('\n');
  const [begin, end] = [`begin${level}`, `end${level}`];
  const lowest = size === tree.perLeaf;
  const part = lowest ? tree.leaf(begin, end) : node(tree, begin, end, size / tree.perNode, level - 1);
  const first = lowest ? starts(tree, from, `min(${from} + ${size}u, ${to})`, 'var').join('\n') : '';
  const own = (name: string, u: number) => `${name}${level}_${u}`;
  const nearer = (u: number) => (lowest && tree.start ? `\nnear${u} = ${own('middle', u)};` : '');
  return `var total${level} = 0.0;
${each((u) =>
  ['middle', 'drift', 'between', 'within'].map((name) => `var ${own(name, u)} = vec4<f32>();`).join('\n'),
)}
var ${begin} = ${from};
${first}
while (${begin} < ${to}) {
  let ${end} = min(${begin} + ${size}u, ${to});
${indent(part)}
  if (total${level} == 0.0) {
${indent(
  each(
    (u) => `let mean${u} = center${u} + rest${u};
${own('middle', u)} = select(vec4<f32>(), mean${u}, mean${u} * mean${u} * count > inner${u});${nearer(u)}`,
  ),
  4,
)}
  }
  total${level} += count;
${indent(
  each(
    (u) => `let away${u} = (center${u} - ${own('middle', u)}) + rest${u};
let share${u} = count * away${u};
${own('drift', u)} += share${u};
${own('between', u)} += share${u} * away${u};
${own('within', u)} += inner${u};`,
  ),
)}
  ${begin} += ${size}u;
}
let count = total${level};
${each(
  (u) => `let center${u} = ${own('middle', u)};
let rest${u} = ${own('drift', u)} / count;
let inner${u} = ${own('within', u)} + max(${own('between', u)} - ${own('drift', u)} * rest${u}, vec4<f32>());`,
)}`;
}
