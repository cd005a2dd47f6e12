import { indent, repeat } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import { plus } from '../matmul/arithmetic.ts';
import { classCount } from './axis.ts';
import { finished } from './epilogue.ts';
import { type AxisTexts, type Gather, overhangs, type Plan } from './gather-plan.ts';

/** Writes the accumulators; positions beyond the target's edge (the last of a residue class) are left out. */
export function store(gather: Gather, plan: Plan, { y, x }: AxisTexts): string {
  const { target, rows, columns } = gather;
  const planar = isPlanar(target.layout.shape[1]);
  const width = planar ? target.layout.extents[3] : columns.target;
  const guards = (m: number) => [
    ...(plan.rows * classCount(rows) > rows.target ? [`atY${m} < ${rows.target}u`] : []),
    ...(plan.columns * classCount(columns) > width ? [`atX${m} < ${width}u`] : []),
  ];
  const pixel = (m: number) => {
    const writesOf = planar ? planarStores(gather, plan, m) : vectorStores(gather, plan, m);
    const condition = guards(m).join(' && ');
    return `let atY${m} = ${y.position(`y${m}`)};
let atX${m} = ${x.position(`x${m}`)};
${condition ? `if (${condition}) {\n${indent(writesOf)}\n}` : writesOf}`;
  };
  return repeat(plan.pixels, pixel);
}

function vectorStores(gather: Gather, plan: Plan, m: number): string {
  const { target, rows, columns } = gather;
  const groups = target.layout.extents[1] / 4;
  const base = `let to${m} = ((n${m} * ${rows.target}u + atY${m}) * ${columns.target}u + atX${m}) * ${groups}u;`;
  const one = (j: number) => {
    const text = `${target.name}[to${m} + b${j}] = ${finished(gather, `acc${m}_${j}`, (name) => `${name}[b${j}]`, 'vec4<f32>()')};`;
    return overhangs(gather, plan) && j > 0 ? `if (b + ${j}u < ${groups}u) { ${text} }` : text;
  };
  return `${base}\n${repeat(plan.channels4, one)}`;
}

function planarStores(gather: Gather, plan: Plan, m: number): string {
  const { target, bias, rows, columns } = gather;
  const channels = target.layout.shape[1];
  const padded = target.layout.extents[3];
  const base = `let to${m} = (n${m} * ${channels * rows.target}u + atY${m}) * ${padded}u + atX${m};`;
  const one = (b: number) => {
    const lane = `.${'xyz'[b]}`;
    const sum =
      plan.form === 'dot'
        ? `(acc${m}_${b}.x + acc${m}_${b}.y) + (acc${m}_${b}.z + acc${m}_${b}.w)${bias ? ` + bias[0]${lane}` : ''}`
        : `acc${m}_0${lane}`;
    // On vectors, as batch norm's own kernel: scalars may be rounded otherwise (without fused multiply-add).
    const vector = plan.form === 'dot' ? `vec4<f32>(${sum})` : `acc${m}_0`;
    const value = gather.batchNorm
      ? `(${finished(gather, vector, (name) => `${name}[0]`, 'vec4<f32>()')})${lane}`
      : finished(gather, sum, () => '', '0.0');
    const inside = padded > columns.target ? `select(0.0, ${value}, atX${m} < ${columns.target}u)` : value;
    return `${target.name}[${plus(`to${m}`, b * rows.target * padded)}] = ${inside};`;
  };
  return `${base}\n${repeat(channels, one)}`;
}
