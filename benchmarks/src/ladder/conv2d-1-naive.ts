/**
 * Version 1: the definition, in PyTorch's order. One invocation computes one element of y; every tap asks whether it
 * lies inside of the image, and neighbouring channels lie a whole image apart in memory.
 */
import {
  type Conv2dSpec,
  conv2dOutputSize,
  linearKernel,
  orderedLayout,
  reads,
  readsWrites,
} from '@glassbox/wgsl-kernels';
import { conv2dConstants, conv2dCost } from './conv2d-constants.ts';
import type { LadderVersion } from './version.ts';

/** N,C,H,W; K,C,R,S; N,K,P,Q: rows padded to a multiple of 4, as every buffer here. */
function planar(spec: Conv2dSpec) {
  const shapes = [
    [spec.batch, spec.inChannels, spec.height, spec.width],
    [spec.outChannels, spec.inChannels, ...spec.kernel],
    [spec.batch, spec.outChannels, ...conv2dOutputSize(spec)],
  ];
  return shapes.map((shape) => orderedLayout(shape, [0, 1, 2, 3]));
}

export const conv2dNaive: LadderVersion<Conv2dSpec> = {
  name: '1 naive',
  adds: 'the definition: one invocation computes one element',
  layouts: planar,
  kernel: (spec, { workgroupSize }) => {
    const [x, weight, y] = planar(spec);
    const [p, q] = conv2dOutputSize(spec);
    return linearKernel({
      name: 'conv2dNaive',
      about: `
y[n,k,p,q] = sum_{c,r,s} x[n, c, p*stride + r - padding, q*stride + s - padding] weight[k,c,r,s]
x: N,C,H,W; weight: K,C,R,S; y: N,K,P,Q. One invocation computes one element of y.`,
      bindings: [reads('x', 'array<f32>'), reads('weight', 'array<f32>'), readsWrites('y', 'array<f32>')],
      invocations: spec.batch * spec.outChannels * p * q,
      workgroupSize,
      declarations: conv2dConstants(spec),
      body: `
let q = i % Q;
let p = i / Q % P;
let k = i / (Q * P) % K;
let n = i / (Q * P * K);
var sum = 0.0;
for (var c = 0u; c < C; c++) {
  for (var r = 0u; r < R; r++) {
    for (var s = 0u; s < S; s++) {
      let at = vec2<i32>(vec2<u32>(p, q)) * STRIDE + vec2<i32>(vec2<u32>(r, s)) - PADDING;
      if (at.x >= 0 && at.x < i32(H) && at.y >= 0 && at.y < i32(W)) {
        sum += x[(n * C + c) * ${x.strides[1]}u + u32(at.x) * ${x.strides[2]}u + u32(at.y)]
          * weight[(k * C + c) * ${weight.strides[1]}u + r * ${weight.strides[2]}u + s];
      }
    }
  }
}
y[(n * K + k) * ${y.strides[1]}u + p * ${y.strides[2]}u + q] = sum;`,
      ...conv2dCost(spec),
    });
  },
};
