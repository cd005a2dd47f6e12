/**
 * Version 5: a register tile. Two pixels times four vec4 of output channels: a loaded number of x serves sixteen
 * channels, a loaded vec4 of weights two pixels, and the eight sums fill the multiply-add units of a processor. Larger
 * tiles no longer fit into its sixteen vector registers.
 */
import {
  type Conv2dSpec,
  conv2dOutputSize,
  linearKernel,
  reads,
  readsWrites,
  repeat,
} from '@glassbox/wgsl-kernels';
import { firstVector } from './conv2d-4-pixels.ts';
import { channelsLast, conv2dConstants, conv2dCost } from './conv2d-constants.ts';
import type { LadderVersion } from './version.ts';

const pixels = 2;
const vectors = 4;

export const conv2dTile: LadderVersion<Conv2dSpec> = {
  name: '5 register tile',
  adds: 'two pixels times sixteen channels in registers',
  layouts: channelsLast,
  kernel: (spec, { workgroupSize }) => {
    const [p, q] = conv2dOutputSize(spec);
    const total = spec.batch * p * q;
    if (spec.outChannels % (4 * vectors) !== 0) {
      throw new RangeError(
        `ladder: ${spec.outChannels} output channels; this version needs a multiple of ${4 * vectors}`,
      );
    }
    const step = (lane: number) => `
${repeat(vectors, (v) => `      let w${lane}_${v} = weight[w + ${lane}u * K4 + ${v}u];`)}
${repeat(pixels, (x) => repeat(vectors, (v) => `      sum${x}_${v} += v${x}.${'xyzw'[lane]} * w${lane}_${v};`, ''))}`;
    const store = (x: number) => `
if (pixel + ${x}u < ${total}u) {
${repeat(vectors, (v) => `  y[(pixel + ${x}u) * K4 + k4 + ${v}u] = sum${x}_${v};`)}
}`;
    return linearKernel({
      name: 'conv2dTile',
      about: `
y[n,p,q,k] = sum_{r,s,c} x[n, p*stride + r - padding, q*stride + s - padding, c] weight[r,s,c,k]
x: N,H,W,C, then one pixel of zeros; weight: R,S,C,K; y: N,P,Q,K.
One invocation computes ${4 * vectors} channels of ${pixels} pixels that follow each other.`,
      bindings: [
        reads('x', 'array<vec4<f32>>'),
        reads('weight', 'array<vec4<f32>>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      invocations: (Math.ceil(total / pixels) * spec.outChannels) / 4 / vectors,
      workgroupSize,
      declarations: `${conv2dConstants(spec)}\n${firstVector(total)}`,
      body: `
let k4 = i % (K4 / ${vectors}u) * ${vectors}u;
let pixel = i / (K4 / ${vectors}u) * ${pixels}u;
${repeat(pixels, (x) => repeat(vectors, (v) => `var sum${x}_${v} = vec4<f32>();`, ' '))}
for (var r = 0u; r < R; r++) {
  for (var s = 0u; s < S; s++) {
${repeat(pixels, (x) => `    let first${x} = firstVector(pixel + ${x}u, r, s);`)}
    for (var c4 = 0u; c4 < C4; c4++) {
${repeat(pixels, (x) => `      let v${x} = x[first${x} + c4];`)}
      let w = ((r * S + s) * C + 4u * c4) * K4 + k4;${repeat(4, step)}
    }
  }
}${repeat(pixels, store, '')}`,
      ...conv2dCost(spec),
    });
  },
};
