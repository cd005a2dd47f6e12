/**
 * Version 3: four input channels at a time. x is read as vec4 too, and the loop over channels is unrolled by 4: one
 * load of x instead of four, and a quarter of the loop's own work.
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

export const conv2dUnrolled: LadderVersion<Conv2dSpec> = {
  name: '3 unrolled',
  adds: 'x read as vec4, the loop over input channels unrolled by 4',
  layouts: channelsLast,
  kernel: (spec, { workgroupSize }) => {
    const [p, q] = conv2dOutputSize(spec);
    return linearKernel({
      name: 'conv2dUnrolled',
      about: `
y[n,p,q,k] = sum_{r,s,c} x[n, p*stride + r - padding, q*stride + s - padding, c] weight[r,s,c,k]
x: N,H,W,C; weight: R,S,C,K; y: N,P,Q,K. One invocation computes four channels of one pixel.`,
      bindings: [
        reads('x', 'array<vec4<f32>>'),
        reads('weight', 'array<vec4<f32>>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      invocations: (spec.batch * p * q * spec.outChannels) / 4,
      workgroupSize,
      declarations: conv2dConstants(spec),
      body: `
let k4 = i % K4;
let pixel = i / K4;
let q = pixel % Q;
let p = pixel / Q % P;
let n = pixel / (Q * P);
var sum = vec4<f32>();
for (var r = 0u; r < R; r++) {
  for (var s = 0u; s < S; s++) {
    let at = vec2<i32>(vec2<u32>(p, q)) * STRIDE + vec2<i32>(vec2<u32>(r, s)) - PADDING;
    if (at.x >= 0 && at.x < i32(H) && at.y >= 0 && at.y < i32(W)) {
      let first = ((n * H + u32(at.x)) * W + u32(at.y)) * C4;
      for (var c4 = 0u; c4 < C4; c4++) {
        let v = x[first + c4];
        let w = ((r * S + s) * C + 4u * c4) * K4 + k4;
${repeat(4, (lane) => `        sum += v.${'xyzw'[lane]} * weight[w + ${lane}u * K4];`)}
      }
    }
  }
}
y[i] = sum;`,
      ...conv2dCost(spec),
    });
  },
};
