import { loopTo, sumLoops } from '../cascade.ts';
import { lanesBelow } from '../elementwise/coordinates.ts';
import { f32 } from '../elementwise/literal.ts';
import { indent, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { plus } from '../matmul/arithmetic.ts';
import { type KernelPlan, singleKernel } from '../plan.ts';
import { aboutAffine, affineBindings, mergeAffine, type NormAffine, vector } from './affine.ts';

/** Layer normalisation of rows. */
export interface LayerNormSpec extends NormAffine {
  /** Row-major. */
  readonly x: Layout;
  /** So many of the last dimensions are a row; if more than 1, the last is a multiple of 4. */
  readonly dimensions: number;
  /** Added to the variance. */
  readonly eps: number;
}

/** Where `layerNormForward` leaves mean and rstd of each row, for the gradient: [rows, 2]. */
export function layerNormStatisticsLayout(spec: Pick<LayerNormSpec, 'x' | 'dimensions'>): Layout {
  const { shape } = spec.x;
  return rowMajor([elementCount(shape.slice(0, shape.length - spec.dimensions)), 2]);
}

/**
 * y = (x - mean)·rstd·weight + bias (Ba et al., 2016), mean and rstd = 1/√(variance + eps) of a row.
 * Buffers: x, [weight], [bias] (a row each), statistics (`layerNormStatisticsLayout`), y.
 */
export function layerNormForward(spec: LayerNormSpec, machine: Machine = machines.gpu): KernelPlan {
  const rows = rowsOf('layerNormForward', spec);
  const { inside, over, sums, all } = rows;
  const scaled = (k: string) =>
    `(x[row + ${k}] - mean) * rstd${spec.weight ? ` * weight[${k}]` : ''}${spec.bias ? ` + bias[${k}]` : ''}`;
  const kernel = linearKernel({
    name: 'layerNormForward',
    about: `
y = ${aboutAffine(spec)}, mean and rstd = 1/√(variance + ${spec.eps}) of a row of ${rows.size}.
The mean is corrected by the mean of the distances to it, by which the variance is taken, too.
${rows.about}; statistics: [${rows.count},2], mean and rstd
One invocation computes one row.`,
    bindings: [
      reads('x', vector),
      ...affineBindings(spec),
      readsWrites('statistics', vector),
      readsWrites('y', vector),
    ],
    invocations: rows.count,
    workgroupSize: machine.workgroupSize,
    constants: rows.constants,
    body: `let row = i * ROW4;
${sums(['sum'], (k, j, suffix) => `sum${j}${suffix} += x[row + ${k}];`)}
let near = (${all('sum')}) / COUNT;
${sums(['away', 'square'], (k, j, suffix) => {
  const distance = `x[row + ${k}] - near`;
  return `let d${j} = ${inside ? `select(vec4<f32>(), ${distance}, ${inside(k)})` : distance};
away${j}${suffix} += d${j};
square${j}${suffix} += d${j} * d${j};`;
})}
let drift = (${all('away')}) / COUNT;
let mean = near + drift;
let variance = max((${all('square')}) / COUNT - drift * drift, 0.0);
let rstd = 1.0 / sqrt(variance + ${f32(spec.eps)});
statistics[i] = vec4<f32>(mean, rstd, 0.0, 0.0);
${over((k) => `y[row + ${k}] = ${inside ? `select(vec4<f32>(), ${scaled(k)}, ${inside(k)})` : scaled(k)};`)}`,
    flop: 8 * rows.count * rows.size,
    bytes: 4 * (2 * spec.x.size + 4 * rows.count),
  });
  return singleKernel(kernel);
}

/** Rows of which one invocation sums the gradients of weight and bias. */
function rowsEach(count: number, { invocations }: Machine): number {
  return invocations === 'many' ? 4 : Math.max(4, Math.min(64, Math.ceil(count / 16)));
}

/**
 * Gradients of `layerNormForward`: with the means over a row a = mean(dy·weight) and b = mean(dy·weight·x̂),
 * dx = rstd·(dy·weight - a - x̂·b); dWeight = Σ dy·x̂ and dBias = Σ dy over rows, in a fixed order.
 * Buffers: dy, x, statistics, [weight], dx, [dWeight], [dBias] (as the spec has weight and bias), and scratch memory.
 */
export function layerNormGradient(spec: LayerNormSpec, machine: Machine = machines.gpu): KernelPlan {
  const rows = rowsOf('layerNormGradient', spec);
  const { inside, over, sums, all } = rows;
  const affine = spec.weight || spec.bias;
  const each = rowsEach(rows.count, machine);
  const slices = Math.ceil(rows.count / each);
  const last = rows.count % each === 0 ? '(i + 1u) * EACH' : 'min((i + 1u) * EACH, ROWS)';
  const upstream = (k: string) => `dy[row + ${k}]${spec.weight ? ` * weight[${k}]` : ''}`;
  const own = (k: string) => [
    ...(spec.bias ? [`partial[part + ${k}] += d;`] : []),
    ...(spec.weight ? [`partial[part + ROW4 + ${k}] += d * normal;`] : []),
  ];
  const first = linearKernel({
    name: 'layerNormGradient',
    about: `
dx = rstd·(dy·weight - mean(dy·weight) - x̂·mean(dy·weight·x̂)), x̂ = (x - mean)·rstd,
means over a row of ${rows.size}${spec.weight ? '' : '; weight is 1'}
${rows.about}; statistics: [${rows.count},2], mean and rstd${
      affine ? `\npartial: [${slices} slices, (Σdy, Σdy·x̂), ${rows.vectors} vec4]` : ''
    }
One invocation computes ${each} rows.`,
    bindings: [
      ...['dy', 'x', 'statistics', ...(spec.weight ? ['weight'] : [])].map((name) => reads(name, vector)),
      ...(affine ? [readsWrites('partial', vector)] : []),
      readsWrites('dx', vector),
    ],
    invocations: slices,
    workgroupSize: machine.workgroupSize,
    constants: { ...rows.constants, EACH: [each, 'rows of an invocation'], ROWS: rows.count },
    body: `${
      affine
        ? `let part = i * (2u * ROW4);
for (var k = part; k < part + 2u * ROW4; k++) {
  partial[k] = vec4<f32>();
}
`
        : ''
    }for (var r = i * EACH; r < ${last}; r++) {
${indent(`let row = r * ROW4;
let mean = statistics[r].x;
let rstd = statistics[r].y;
${sums(
  ['sum', 'product'],
  (k, j, suffix) => `let d${j} = ${upstream(k)};
sum${j}${suffix} += d${j};
product${j}${suffix} += d${j} * (x[row + ${k}] - mean);`,
)}
let offset = (${all('sum')}) / COUNT;
let slope = (${all('product')}) * rstd / COUNT;
${over((k) => {
  const value = `rstd * (d${spec.weight ? ` * weight[${k}]` : ''} - offset - normal * slope)`;
  return `{
  let d = dy[row + ${k}];
  let normal = (x[row + ${k}] - mean) * rstd;
  dx[row + ${k}] = ${inside ? `select(vec4<f32>(), ${value}, ${inside(k)})` : value};
${indent(own(k).join('\n'))}
}`;
})}`)}
}`,
    flop: 13 * rows.count * rows.size,
    bytes: 4 * (3 * spec.x.size + (affine ? 8 * slices * rows.vectors : 0)),
  });
  if (!affine) return singleKernel(first);
  const sum = { name: 'layerNormGradientMerge', from: 'partial', slices, vectors: rows.vectors };
  return {
    kernels: [first, mergeAffine(sum, spec, machine)],
    scratch: { partial: slices * 8 * rows.vectors },
  };
}

/** The rows of x, and WGSL that walks over one. */
function rowsOf(op: string, { x, dimensions }: LayerNormSpec) {
  const { shape, order, extents } = x;
  const outer = shape.length - dimensions;
  const isRowMajor = order.every((dim, place) => dim === place);
  if (dimensions < 1 || outer < 0 || !isRowMajor || (dimensions > 1 && shape.at(-1)! % 4 !== 0)) {
    throw new RangeError(
      `${op}: the last ${dimensions} dimensions of [${shape}] in order [${order}] are no rows in one piece; ` +
        'reshape it to [rows, size]',
    );
  }
  const size = elementCount(shape.slice(outer));
  const vectors = elementCount(extents.slice(outer)) / 4;
  const count = elementCount(shape.slice(0, outer));
  const padded = size % 4 !== 0;
  // Several sums side by side: additions do not wait for each other.
  const together = padded ? 1 : [4, 3, 2, 1].find((n) => vectors % n === 0)!;
  const steps = vectors / together;
  const place = (j: number) => plus(together === 1 ? 'k' : `k * ${together}u`, j);
  const all = (name: string) => {
    const parts = repeat(together, (j) => `${name}${j}`, ' + ');
    return `dot(${together === 1 ? parts : `(${parts})`}, vec4<f32>(1.0))`;
  };
  return {
    size,
    vectors,
    count,
    about: `x: [${shape}] row-major, as y, dy and dx; weight, bias: a row; rows padded to ${vectors * 4}`,
    constants: {
      ROW4: [vectors, 'vec4s of a row'],
      STEPS: [steps, `steps of ${together} vec4s`],
      SIZE: [size, 'numbers of a row'],
      COUNT: `${size}.0`,
    },
    /** WGSL: lanes of vec4 number `k` that hold numbers; undefined if all do. */
    inside: padded
      ? (k: string) => `(${lanesBelow(size, vectors === 1 ? undefined : `${k} * 4u`, 'SIZE')})`
      : undefined,
    /** WGSL: something for each vec4 of the row. */
    over: (text: (k: string) => string) =>
      `for (var k = 0u; k < STEPS; k++) {\n${indent(repeat(together, (j) => text(place(j))))}\n}`,
    /** WGSL: declares sums `<name><j>` and adds to them. */
    sums: (names: readonly string[], step: (k: string, j: number, suffix: string) => string) => {
      const sums = Array.from({ length: together }, (_, j) => names.map((name) => `${name}${j}`)).flat();
      const each = (suffix: string) => repeat(together, (j) => step(place(j), j, suffix));
      return `${sums.map((sum) => `var ${sum} = vec4<f32>();`).join(' ')}
${sumLoops([{ ...loopTo('k', steps), to: 'STEPS' }], sums, each)}`;
    },
    /** WGSL: all of a sum's lanes and parts. */
    all,
  } as const;
}
