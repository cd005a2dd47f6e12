import { isPlanar } from '../../layout.ts';
import { type Machine, machines } from '../../machine.ts';
import { concatPlans, type KernelPlan } from '../../plan.ts';
import type { ConvEpilogue } from '../epilogue.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dDilation, requireFast } from '../spec.ts';
import { transposeIntoScratch } from '../transpose-filter.ts';
import { winogradConvolution } from './convolution.ts';

/**
 * What Winograd's form cannot compute.
 * @throws RangeError if the filter is not 3x3, the stride or dilation not 1, the padding above 2, or x or y has fewer
 * than 4 channels.
 */
export function requireWinograd(name: string, spec: Conv2dSpec): void {
  requireFast(name, spec);
  if (isWinograd(spec)) return;
  const { inChannels, outChannels, kernel, stride, padding } = spec;
  const given = [stride, conv2dDilation(spec), padding].map((sizes) => sizes.join('x'));
  throw new RangeError(
    `${name}: computes 3x3 filters with stride and dilation 1 and padding up to 2 between 4 or more channels, ` +
      `not ${kernel.join('x')} with stride ${given[0]}, dilation ${given[1]} and padding ${given[2]} ` +
      `from ${inChannels} to ${outChannels} channels; use the direct kernels`,
  );
}

/** True if a convolution has a form by Winograd here. */
export function isWinograd(spec: Conv2dSpec): boolean {
  const { inChannels, outChannels, kernel, stride, padding } = spec;
  return (
    conv2dDilation(spec).every((step) => step === 1) &&
    kernel.every((size) => size === 3) &&
    stride.every((step) => step === 1) &&
    padding.every((rows) => rows <= 2) &&
    !isPlanar(inChannels) &&
    !isPlanar(outChannels)
  );
}

/**
 * `conv2dForward` in Winograd's form (see `tiles.ts`), for 3x3 filters with stride 1. Buffers: x, weight, [bias],
 * [mean, scale, shift], y, laid out as `conv2dLayouts` says.
 * @throws RangeError as `requireWinograd` does.
 */
export function winogradForward(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): KernelPlan {
  requireWinograd('winogradForward', spec);
  const { x, y } = conv2dLayouts(spec);
  const { padding } = spec;
  return winogradConvolution(
    {
      name: 'winogradForward',
      about: `y[n,k,p,q] = ${epilogue.bias ? 'bias[k] + ' : ''}sum_{c,r,s}
  x[n, c, p + r - ${padding[0]}, q + s - ${padding[1]}] * weight[k,c,r,s]`,
      source: { name: 'x', layout: x },
      target: { name: 'y', layout: y },
      filter: 'weight',
      rotated: false,
      padding,
      ...epilogue,
    },
    machine,
  );
}

/**
 * `conv2dInputGradient` in Winograd's form: the convolution of dy, padded by 2 - padding, with the filter rotated by
 * 180 degrees and its channels exchanged. Buffers: dy, weight (as it lives, `filterLayout`), [bias], dx.
 * @throws RangeError as `requireWinograd` does.
 */
export function winogradInputGradient(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): KernelPlan {
  requireWinograd('winogradInputGradient', spec);
  const { x, y, weight } = conv2dLayouts(spec);
  const { padding } = spec;
  return concatPlans(
    transposeIntoScratch(weight, machine),
    winogradConvolution(
      {
        name: 'winogradInputGradient',
        about: `dx[n,c,h,w] = ${epilogue.bias ? 'bias[c] + ' : ''}sum_{k,r,s}
  dy[n, k, h + ${padding[0]} - r, w + ${padding[1]} - s] * weight[k,c,r,s]`,
        source: { name: 'dy', layout: y },
        target: { name: 'dx', layout: x },
        filter: 'transposed',
        rotated: true,
        padding: [2 - padding[0], 2 - padding[1]],
        ...epilogue,
      },
      machine,
    ),
  );
}
