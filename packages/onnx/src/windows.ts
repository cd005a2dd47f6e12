/** Convolutions and poolings: where their windows lie, as ONNX says it. */
import { type AvgPool2dSpec, type Conv2dSpec, type Pool2dSpec, pool2dOverhang } from '@glassbox/wgsl-kernels';
import { type Graph, integers, scalar } from './graph.ts';
import type { Attribute } from './model.ts';

type Window = Pick<Conv2dSpec & Pool2dSpec, 'kernel' | 'stride' | 'padding' | 'dilation'>;

/** PyTorch pads both sides alike. @param beyond rows and columns more at the bottom and on the right */
export function windows(
  { kernel, stride, padding, dilation = [1, 1] }: Window,
  beyond = [0, 0],
): Record<string, Attribute> {
  const pads = [...padding, ...padding.map((size, d) => size + beyond[d])];
  const all = { kernel_shape: kernel, strides: stride, pads };
  return dilation.some((step) => step > 1) ? { ...all, dilations: dilation } : all;
}

/**
 * ONNX's `ceil_mode` keeps windows that PyTorch leaves out (those that begin behind the image), so that the rows which
 * the last window has beyond the image are padding here.
 */
const overhangs = (spec: Pool2dSpec) => ([0, 1] as const).map((d) => pool2dOverhang(spec, d));

export function maxPooled(graph: Graph, spec: Pool2dSpec, x: string): string {
  return graph.emit('MaxPool', [x], windows(spec, overhangs(spec)));
}

export function averagePooled(graph: Graph, spec: AvgPool2dSpec, x: string): string {
  const { countIncludePad = true, divisorOverride, kernel, padding } = spec;
  const beyond = overhangs(spec);
  const average = (input: string, of: AvgPool2dSpec, counts: boolean) =>
    graph.emit('AveragePool', [input], { ...windows(of, beyond), count_include_pad: Number(counts) });
  if (divisorOverride !== undefined) {
    const share = (kernel[0] * kernel[1]) / divisorOverride;
    return graph.emit('Mul', [average(x, spec, true), scalar(share)]);
  }
  if (!countIncludePad || beyond.every((rows) => rows === 0)) return average(x, spec, countIncludePad);
  // The padding counts, what lies beyond it does not.
  const [down, right] = padding;
  const padded = graph.emit('Pad', [x, integers(0, 0, down, right, 0, 0, down, right)]);
  return average(padded, { ...spec, padding: [0, 0] }, false);
}
