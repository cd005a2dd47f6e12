import {
  type Conv2dSpec,
  conv2dFlop,
  conv2dLayouts,
  conv2dOutputSize,
  type Layout,
} from '@glassbox/wgsl-kernels';

/** The sizes of a convolution as WGSL constants. C4 and K4 count vec4s of channels. */
export function conv2dConstants(spec: Conv2dSpec): string {
  const [p, q] = conv2dOutputSize(spec);
  const sizes = {
    BATCH: spec.batch,
    C: spec.inChannels,
    C4: spec.inChannels / 4,
    H: spec.height,
    W: spec.width,
    K: spec.outChannels,
    K4: spec.outChannels / 4,
    R: spec.kernel[0],
    S: spec.kernel[1],
    P: p,
    Q: q,
  };
  const lines = Object.entries(sizes).map(([name, value]) => `const ${name} = ${Math.floor(value)}u;`);
  return [
    ...lines,
    `const STRIDE = vec2<i32>(${spec.stride.join(', ')});`,
    `const PADDING = vec2<i32>(${spec.padding.join(', ')});`,
  ].join('\n');
}

/** x, weight and y in channels-last order: N,H,W,C; R,S,C,K; N,P,Q,K. Channels are multiples of 4 in the ladder. */
export function channelsLast(spec: Conv2dSpec): readonly Layout[] {
  const { x, weight, y } = conv2dLayouts(spec);
  return [x, weight, y];
}

/** FLOP, and the bytes that must move at least. */
export function conv2dCost(spec: Conv2dSpec) {
  const bytes = channelsLast(spec).reduce((sum, { size }) => sum + 4 * size, 0);
  return { flop: conv2dFlop(spec), bytes };
}
