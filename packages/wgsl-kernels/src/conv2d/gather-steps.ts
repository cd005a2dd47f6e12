import { apart } from '../cascade.ts';
import { indent, repeat } from '../kernel.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import { accumulatorsOf, channelBlock, type Gather, type Plan, partsOf } from './gather-plan.ts';

/** Distance in words between filter taps: padded source channels times padded target channels. */
function tapSize({ weight }: Gather): number {
  return weight.layout.extents[0] * weight.layout.extents[1];
}

/** Source channels-last: four source channels at a time. */
export function vectorChannels(gather: Gather, plan: Plan): string {
  const count = gather.source.layout.extents[1] / 4;
  const load = repeat(
    plan.pixels,
    (m) => `let v${m} = ${gather.source.name}[at${m}${count > 1 ? ' + a' : ''}];`,
  );
  const body = plan.form === 'splat' ? splatStep(gather, plan, count) : dotStep(gather, plan, count);
  const { ofTap } = partsOf(gather);
  const part = (text: string) => (ofTap ? apart(accumulatorsOf(gather, plan), 'own', text) : text);
  if (count === 1) return part(`${load}\n${body}`);
  const loop = (from: string, to: string) =>
    part(`for (var a = ${from}; a < ${to}; a++) {\n${indent(`${load}\n${body}`)}\n}`);
  if (!ofTap || count <= channelBlock) return loop('0u', `${count}u`);
  return `var block = 0u;
while (block < ${count}u) {
${indent(loop('block', `min(block + ${channelBlock}u, ${count}u)`))}
  block += ${channelBlock}u;
}`;
}

/** acc[pixel][4 target channels] += source[pixel][a] * weight[a][4 target channels], for the 4 lanes of a. */
function splatStep(gather: Gather, plan: Plan, count: number): string {
  const row = gather.target.layout.extents[1] / 4;
  const base = `let w = ${times('tap', tapSize(gather) / 4)}${count > 1 ? ` + a * ${4 * row}u` : ''};`;
  const lane = (l: number) => {
    const weights = repeat(
      plan.channels4,
      (j) => `let w${l}_${j} = weight[${plus('w', l * row)} + b${j}];`,
      ' ',
    );
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}.${'xyzw'[l]} * w${l}_${j};`, ' '),
    );
    return `${weights}\n${products}`;
  };
  return `${base}\n${repeat(4, lane)}`;
}

/**
 * acc[pixel][target channel] += source[pixel][4 source channels] * weight[4 source channels][target channel],
 * by lanes.
 */
function dotStep({ target, weight, ...gather }: Gather, plan: Plan, count: number): string {
  const channels = target.layout.shape[1];
  const { strides } = weight.layout;
  const sourceStride = strides[weight.sourceDim];
  const targetStride = strides[1 - weight.sourceDim];
  const a = count > 1 ? ` + ${times('a', sourceStride === 1 ? 1 : 4 * sourceStride)}` : '';
  const size = tapSize({ target, weight, ...gather });
  const vector = (b: number) => {
    if (sourceStride === 1) return `weight[${plus(times('tap', size / 4) + a, (b * targetStride) / 4)}]`;
    const lanes = repeat(4, (l) => `weight[${plus('w', l * sourceStride + b * targetStride)}]`, ', ');
    return `vec4<f32>(${lanes})`;
  };
  return `${sourceStride === 1 ? '' : `let w = ${times('tap', size)}${a};\n`}${repeat(channels, (b) => `let w${b} = ${vector(b)};`)}
${repeat(plan.pixels, (m) => repeat(channels, (b) => `acc${m}_${b} += v${m} * w${b};`, ' '))}`;
}

/** Source planar: one scalar per pixel and channel. */
export function planarChannels({ source, target, ...gather }: Gather, plan: Plan, checked: boolean): string {
  const row = target.layout.shape[1] < 4 ? 1 : target.layout.extents[1] / 4;
  const plane = source.layout.strides[1];
  const channel = (a: number) => {
    const index = (m: number) => plus(`at${m}`, a * plane);
    const load = (m: number) => {
      const at = checked ? `select(${source.layout.size}u, ${index(m)}, in${m})` : index(m);
      return `let v${m}_${a} = ${source.name}[${at}];`;
    };
    const weights = repeat(
      plan.channels4,
      (j) => `let w${a}_${j} = weight[${plus('w', a * row)} + b${j}];`,
      ' ',
    );
    const products = repeat(plan.pixels, (m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${m}_${a} * w${a}_${j};`, ' '),
    );
    return `${repeat(plan.pixels, load)}\n${weights}\n${products}`;
  };
  const size = tapSize({ source, target, ...gather }) / 4;
  const text = `let w = ${times('tap', size)};\n${repeat(source.layout.shape[1], channel)}`;
  const whole = { source, target, ...gather };
  return partsOf(whole).ofTap ? apart(accumulatorsOf(whole, plan), 'own', text) : text;
}
