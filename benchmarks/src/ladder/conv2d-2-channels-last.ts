/**
 * Version 2: channels last. With N,H,W,C in memory and weights as R,S,C,K, four output channels are one vec4: one load
 * and one multiply-add for four numbers. The question whether a tap lies inside is asked once for all channels.
 */
import { type Conv2dSpec, conv2dOutputSize, linearKernel, reads, readsWrites } from '@glassbox/wgsl-kernels';
import { channelsLast, conv2dConstants, conv2dCost } from './conv2d-constants.ts';
import type { LadderVersion } from './version.ts';

export const conv2dChannelsLast: LadderVersion<Conv2dSpec> = {
  name: '2 channels last',
  adds: 'N,H,W,C in memory: four output channels as one vec4',
  layouts: channelsLast,
  kernel: (spec, { workgroupSize }) => {
    const [p, q] = conv2dOutputSize(spec);
    return linearKernel({
      name: 'conv2dChannelsLast',
      about: `
y[n,p,q,k] = sum_{r,s,c} x[n, p*stride + r - padding, q*stride + s - padding, c] weight[r,s,c,k]
x: N,H,W,C; weight: R,S,C,K; y: N,P,Q,K. One invocation computes four channels of one pixel.`,
      bindings: [
        reads('x', 'array<f32>'),
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
      let from0 = ((n * H + u32(at.x)) * W + u32(at.y)) * C;
      for (var c = 0u; c < C; c++) {
        sum += x[from0 + c] * weight[((r * S + s) * C + c) * K4 + k4];
      }
    }
  }
}
y[i] = sum;`,
      ...conv2dCost(spec),
    });
  },
};
