/**
 * Version 4: four pixels share the weights. A loaded vec4 of weights serves four neighbouring pixels, whose sums do not
 * wait for each other. No branch is left in the loop: a tap outside of the image reads from the block of zeros that
 * follows every image's data, one select for each pixel and tap.
 */
import {
  type Conv2dSpec,
  conv2dOutputSize,
  linearKernel,
  reads,
  readsWrites,
  repeat,
} from '@glassbox/wgsl-kernels';
import { channelsLast, conv2dConstants, conv2dCost } from './conv2d-constants.ts';
import type { LadderVersion } from './version.ts';

const pixels = 4;

export const conv2dPixels: LadderVersion<Conv2dSpec> = {
  name: '4 pixels',
  adds: 'four pixels for each invocation, zeros after the image instead of branches',
  layouts: channelsLast,
  kernel: (spec, { workgroupSize }) => {
    const [p, q] = conv2dOutputSize(spec);
    const total = spec.batch * p * q;
    const step = (lane: number) => `
      let w${lane} = weight[w + ${lane}u * K4];
${repeat(pixels, (x) => `      sum${x} += v${x}.${'xyzw'[lane]} * w${lane};`)}`;
    return linearKernel({
      name: 'conv2dPixels',
      about: `
y[n,p,q,k] = sum_{r,s,c} x[n, p*stride + r - padding, q*stride + s - padding, c] weight[r,s,c,k]
x: N,H,W,C, then one pixel of zeros; weight: R,S,C,K; y: N,P,Q,K.
One invocation computes four channels of ${pixels} pixels that follow each other.`,
      bindings: [
        reads('x', 'array<vec4<f32>>'),
        reads('weight', 'array<vec4<f32>>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      invocations: (Math.ceil(total / pixels) * spec.outChannels) / 4,
      workgroupSize,
      declarations: `${conv2dConstants(spec)}\n${firstVector(total)}`,
      body: `
let k4 = i % K4;
let pixel = i / K4 * ${pixels}u;
${repeat(pixels, (x) => `var sum${x} = vec4<f32>();`)}
for (var r = 0u; r < R; r++) {
  for (var s = 0u; s < S; s++) {
${repeat(pixels, (x) => `    let first${x} = firstVector(pixel + ${x}u, r, s);`)}
    for (var c4 = 0u; c4 < C4; c4++) {
${repeat(pixels, (x) => `      let v${x} = x[first${x} + c4];`)}
      let w = ((r * S + s) * C + 4u * c4) * K4 + k4;${repeat(4, step, '')}
    }
  }
}
${repeat(pixels, (x) => `if (pixel + ${x}u < ${total}u) { y[(pixel + ${x}u) * K4 + k4] = sum${x}; }`)}`,
      ...conv2dCost(spec),
    });
  },
};

/** A WGSL function: where the channels of one tap of one pixel begin; the zeros if it lies outside. */
export function firstVector(total: number): string {
  return `
fn firstVector(wanted: u32, r: u32, s: u32) -> u32 {
  let pixel = min(wanted, ${total - 1}u);
  let q = pixel % Q;
  let p = pixel / Q % P;
  let n = pixel / (Q * P);
  let at = vec2<i32>(vec2<u32>(p, q)) * STRIDE + vec2<i32>(vec2<u32>(r, s)) - PADDING;
  let inside = at.x >= 0 && at.x < i32(H) && at.y >= 0 && at.y < i32(W);
  return select(BATCH * H * W * C4, ((n * H + u32(at.x)) * W + u32(at.y)) * C4, inside);
}`.trim();
}
