/** The sum over source channels at one filter tap, in its three forms (`InnerLoop`). */
import { apart } from '../../cascade.ts';
import { ahead } from '../../constants.ts';
import { indent, repeat } from '../../kernel.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { type ImplicitGemm, innerLoopOf } from './gemm.ts';
import { accumulatorsOf, channelBlock, type Plan, partsOf, readsScalarWeights } from './plan.ts';

/** Source channels-last: four source channels at a time. */
export function vectorChannels(gemm: ImplicitGemm, plan: Plan): string {
  const count = gemm.source.layout.extents[1] / 4;
  const load = repeat(
    plan.pixels,
    (m) => `let v${m} = ${gemm.source.name}[at${m}${count > 1 ? ' + a' : ''}];`,
  );
  const body = innerLoopOf(gemm) === 'splat' ? splatStep(gemm, plan, count) : dotStep(gemm, plan, count);
  const { ofTap } = partsOf(gemm);
  const part = (text: string) => (ofTap ? apart(accumulatorsOf(gemm, plan), 'own', text) : text);
  if (count === 1) return part(`${load}\n${body}`);
  const loop = (from: string, to: string) =>
    part(`for (var a = ${from}; a < ${to}; a++) {\n${indent(`${load}\n${body}`)}\n}`);
  if (!ofTap || count <= channelBlock) return loop('0u', 'SOURCE_C4');
  return `var block = 0u;
while (block < SOURCE_C4) {
${indent(loop('block', 'min(block + BLOCK, SOURCE_C4)'))}
  block += BLOCK;
}`;
}

/** acc[pixel][4 target channels] += source[pixel][a] * weight[a][4 target channels], for the 4 lanes of a. */
function splatStep({ weight }: ImplicitGemm, plan: Plan, count: number): string {
  const isPacked = weight.name === 'packed';
  const at = (l: number, j: number) =>
    isPacked ? plus('w', l * plan.channels4 + j) : `${ahead('w', l, 'TARGET_C4')} + b${j}`;
  const lane = (l: number) => {
    const weights = repeat(plan.channels4, (j) => `let w${l}_${j} = ${weight.name}[${at(l, j)}];`, ' ');
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}.${'xyzw'[l]} * w${l}_${j};`, ' '),
    );
    return `${weights}\n${products}`;
  };
  const packed = 'let w = b * PANEL + (tap * SOURCE_C4 + a) * (4u * VECTORS)';
  const plain = `let w = tap * TAP${count > 1 ? ' + a * (4u * TARGET_C4)' : ''}`;
  return `${isPacked ? packed : plain};\n${repeat(4, lane)}`;
}

/** By lanes: acc[pixel][target channel] += source[pixel][4 channels] * weight[4 source channels][target channel]. */
function dotStep(gemm: ImplicitGemm, plan: Plan, count: number): string {
  const { target, weight } = gemm;
  const channels = target.layout.shape[1];
  const scalar = readsScalarWeights(gemm);
  const vector = (b: number) => {
    if (!scalar) return `${weight.name}[${ahead('w', b, 'SOURCE_C4')}]`;
    const lane = (l: number) => `${weight.name}[${ahead('w', l, 'WEIGHT_ROW')}${b > 0 ? ` + ${b}u` : ''}]`;
    return `vec4<f32>(${repeat(4, lane, ', ')})`;
  };
  const a = count > 1 ? ` + a${scalar ? ' * (4u * WEIGHT_ROW)' : ''}` : '';
  return `let w = tap * TAP${a};
${repeat(channels, (b) => `let w${b} = ${vector(b)};`)}
${repeat(plan.pixels, (m) => repeat(channels, (b) => `acc${m}_${b} += v${m} * w${b};`, ' '))}`;
}

/** Source planar: one scalar per pixel and channel. */
export function planarChannels(gemm: ImplicitGemm, plan: Plan, checked: boolean): string {
  const { source, weight } = gemm;
  const channel = (a: number) => {
    const load = (m: number) => {
      const index = ahead(`at${m}`, a, 'SOURCE_PLANE');
      return `let v${m}_${a} = ${source.name}[${checked ? `select(ZEROS, ${index}, in${m})` : index}];`;
    };
    const weights = repeat(
      plan.channels4,
      (j) => `let w${a}_${j} = ${weight.name}[${ahead('w', a, 'TARGET_C4')} + b${j}];`,
      ' ',
    );
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}_${a} * w${a}_${j};`, ' '),
    );
    return `${repeat(plan.pixels, load)}\n${weights}\n${products}`;
  };
  const text = `let w = tap * TAP;\n${repeat(source.layout.shape[1], channel)}`;
  return partsOf(gemm).ofTap ? apart(accumulatorsOf(gemm, plan), 'own', text) : text;
}
