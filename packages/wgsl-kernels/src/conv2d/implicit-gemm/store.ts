import { ahead } from '../../constants.ts';
import { indent, repeat } from '../../kernel.ts';
import { isPlanar } from '../../layout.ts';
import { finished } from '../epilogue.ts';
import { classCount } from './axis.ts';
import { type ImplicitGemm, innerLoopOf } from './gemm.ts';
import { type AxisTexts, overhangs, type Plan } from './plan.ts';

/** Writes the accumulators; positions beyond the target's edge (the last of a residue class) are left out. */
export function store(gemm: ImplicitGemm, plan: Plan, { y, x }: AxisTexts): string {
  const planar = isPlanar(gemm.target.layout.shape[1]);
  const pixel = (m: number) => {
    const writesOf = planar ? planarStores(gemm, m) : vectorStores(gemm, plan, m);
    const condition = beyondEdges(gemm, plan, `atY${m}`, `atX${m}`);
    return `let atY${m} = ${y.position(`y${m}`)};
let atX${m} = ${x.position(`x${m}`)};
${condition ? `if (${condition}) {\n${indent(writesOf)}\n}` : writesOf}`;
  };
  return repeat(plan.pixels, pixel);
}

/** WGSL: the condition under which a position lies in the target; empty if every position does. */
export function beyondEdges(
  { target, rows, columns }: ImplicitGemm,
  plan: Plan,
  y: string,
  x: string,
): string {
  const planar = isPlanar(target.layout.shape[1]);
  const width = planar ? target.layout.extents[3] : columns.target;
  return [
    ...(plan.rows * classCount(rows) > rows.target ? [`${y} < TARGET_H`] : []),
    ...(plan.columns * classCount(columns) > width ? [`${x} < ${planar ? 'TARGET_ROW' : 'TARGET_W'}`] : []),
  ].join(' && ');
}

/** Stores the vec4s of one pixel, from `to` on; surplus ones of the last channel tile are left out. */
export function storeVectors(gemm: ImplicitGemm, plan: Plan, to: string, m: number): string {
  return repeat(plan.channels4, (j) => {
    const value = finished(gemm, `acc${m}_${j}`, (name) => `${name}[b${j}]`, 'vec4<f32>()');
    const text = `${gemm.target.name}[${to} + b${j}] = ${value};`;
    return overhangs(gemm, plan) && j > 0 ? `if (b + ${j}u < TARGET_C4) { ${text} }` : text;
  });
}

function vectorStores(gemm: ImplicitGemm, plan: Plan, m: number): string {
  return `let to${m} = ((n${m} * TARGET_H + atY${m}) * TARGET_W + atX${m}) * TARGET_C4;
${storeVectors(gemm, plan, `to${m}`, m)}`;
}

function planarStores(gemm: ImplicitGemm, m: number): string {
  const { target, bias, columns } = gemm;
  const dot = innerLoopOf(gemm) === 'dot';
  const padded = target.layout.extents[3];
  const one = (b: number) => {
    const lane = `.${'xyz'[b]}`;
    const [v, added] = [`acc${m}_${b}`, bias ? ` + bias[0]${lane}` : ''];
    const sum = dot ? `(${v}.x + ${v}.y) + (${v}.z + ${v}.w)${added}` : `acc${m}_0${lane}`;
    // On vectors, as batch norm's own kernel: scalars may be rounded otherwise (without fused multiply-add).
    const vector = dot ? `vec4<f32>(${sum})` : `acc${m}_0`;
    const value = gemm.batchNorm
      ? `(${finished(gemm, vector, (name) => `${name}[0]`, 'vec4<f32>()')})${lane}`
      : finished(gemm, sum, () => '', '0.0');
    const inside = padded > columns.target ? `select(0.0, ${value}, atX${m} < TARGET_W)` : value;
    return `${target.name}[${ahead(`to${m}`, b, 'TARGET_PLANE')}] = ${inside};`;
  };
  return `let to${m} = (n${m} * (TARGET_C * TARGET_H) + atY${m}) * TARGET_ROW + atX${m};
${repeat(target.layout.shape[1], one)}`;
}
