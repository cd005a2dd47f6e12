/**
 * Who computes a convolution: for each pass the forms in order, of which the first that suits shape and device is
 * taken. Nothing else is looked at, no clock and no data, so the same convolution gives the same bits each time.
 */

import { isPlanar, type Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { type KernelPlan, singleKernel } from '../plan.ts';
import { depthwiseForward, depthwiseInputGradient } from './depthwise/forward.ts';
import { isDepthwise } from './depthwise/walk.ts';
import { depthwiseWeightGradient } from './depthwise/weight-gradient.ts';
import type { ConvEpilogue } from './epilogue.ts';
import { forwardGemm, type ImplicitGemm, inputGradientGemm } from './implicit-gemm/gemm.ts';
import { imagesTile } from './implicit-gemm/images.ts';
import { pixelsTile } from './implicit-gemm/pixels.ts';
import type { ConvTile } from './implicit-gemm/plan.ts';
import { rowsTile } from './implicit-gemm/rows.ts';
import { tunedGemm } from './implicit-gemm/tiles.ts';
import { conv2dLayouts } from './layouts.ts';
import { conv2dForwardPlain, conv2dInputGradientPlain, conv2dWeightGradientPlain } from './plain.ts';
import { type Conv2dSpec, conv2dFlop } from './spec.ts';
import { tunedWeightGradient } from './weight-gradient/tiles.ts';
import { isWinograd, winogradForward, winogradInputGradient } from './winograd/forward.ts';
import { tileGrid } from './winograd/tiles.ts';
import { winogradWeightGradient } from './winograd/weight-gradient.ts';

/** A form of one pass. The README of this folder lists `form` and `when`. */
export interface Form {
  /** Its name, which is also the folder or file of its kernels. */
  readonly form: string;
  /** Where it is used, in words. */
  readonly when: string;
  /** True where it is used, unless a form before it in the table is. */
  readonly suits: (spec: Conv2dSpec, machine: Machine) => boolean;
  /** Its kernels for a convolution, with what they do to the result before they store it. */
  readonly kernels: (spec: Conv2dSpec, epilogue: ConvEpilogue, machine: Machine) => KernelPlan;
}

const whenDepthwise =
  'as many groups as input channels, 4 or more; filters of up to 7x7, stride up to 8, dilation 1, ' +
  'padding below the filter';
const whenPlain = 'other groups of channels';
const isGrouped = ({ groups = 1 }: Conv2dSpec) => groups > 1;
const whenWinograd =
  'not on GPUs, which need many invocations; 3x3 filter, stride and dilation 1, padding up to 2; ' +
  '16 or more channels on both sides; 128 or more tiles of 2x2 pixels';
const whenImages =
  'no lockstep (a CPU); 4 or more channels on both sides; images and channels fill half of a tile or more';
const whenRows =
  'no lockstep (a CPU); from fewer than 4 channels to 4 or more; ' +
  'for half of the columns or more no tap lies in the padding';
const whenPacked =
  'costly jumps in memory (a CPU); 4 or more channels on both sides; 32 or more images; ' +
  '80 or more FLOP for each number of x and dy; 4 channels of x and 8 of dy, of the whole batch, fit 1 MiB';

/** y from x. */
export const forwardForms: readonly Form[] = [
  {
    form: 'depthwise',
    when: whenDepthwise,
    suits: isDepthwise,
    kernels: (...given) => singleKernel(depthwiseForward(...given)),
  },
  {
    form: 'plain',
    when: whenPlain,
    suits: isGrouped,
    kernels: (...given) => singleKernel(conv2dForwardPlain(...given)),
  },
  {
    form: 'winograd',
    when: whenWinograd,
    suits: (spec, machine) => winogradPays(spec, conv2dLayouts(spec).y, machine),
    kernels: winogradForward,
  },
  {
    form: 'images',
    when: whenImages,
    ...implicitGemm(forwardGemm, imagesTile),
  },
  {
    form: 'rows',
    when: whenRows,
    ...implicitGemm(forwardGemm, rowsTile),
  },
  { form: 'pixels', when: 'everything else', ...implicitGemm(forwardGemm, pixelsTile) },
];

/** dx from dy. */
export const inputGradientForms: readonly Form[] = [
  {
    form: 'depthwise',
    when: whenDepthwise,
    suits: isDepthwise,
    kernels: (...given) => singleKernel(depthwiseInputGradient(...given)),
  },
  {
    form: 'plain',
    when: whenPlain,
    suits: isGrouped,
    kernels: (...given) => singleKernel(conv2dInputGradientPlain(...given)),
  },
  {
    form: 'winograd',
    when: whenWinograd,
    suits: (spec, machine) => winogradPays(spec, conv2dLayouts(spec).x, machine),
    kernels: winogradInputGradient,
  },
  {
    form: 'images',
    when: whenImages,
    ...implicitGemm(inputGradientGemm, imagesTile),
  },
  { form: 'pixels', when: 'everything else', ...implicitGemm(inputGradientGemm, pixelsTile) },
];

/** dWeight from x and dy. */
export const weightGradientForms: readonly Form[] = [
  {
    form: 'depthwise',
    when: whenDepthwise,
    suits: isDepthwise,
    kernels: (spec, _, machine) => depthwiseWeightGradient(spec, machine),
  },
  {
    form: 'plain',
    when: whenPlain,
    suits: isGrouped,
    kernels: (spec, _, machine) => singleKernel(conv2dWeightGradientPlain(spec, machine)),
  },
  {
    form: 'winograd',
    when: whenWinograd,
    suits: (spec, machine) => winogradPays(spec, conv2dLayouts(spec).y, machine),
    kernels: (spec, _, machine) => winogradWeightGradient(spec, machine),
  },
  {
    form: 'packed',
    when: whenPacked,
    suits: packingPays,
    kernels: (spec, _, machine) => tunedWeightGradient(spec, machine, 'packed'),
  },
  {
    form: 'blocks',
    when: 'everything else',
    suits: () => true,
    kernels: (spec, _, machine) => tunedWeightGradient(spec, machine, 'blocks'),
  },
];

/** The first form that suits; the last one of each table suits everything. */
export function chooseForm(forms: readonly Form[], spec: Conv2dSpec, machine: Machine): Form {
  return forms.find(({ suits }) => suits(spec, machine))!;
}

/** Names of the forms that a convolution takes on a device. */
export function conv2dForms(spec: Conv2dSpec, machine: Machine) {
  const name = (forms: readonly Form[]) => chooseForm(forms, spec, machine).form;
  return {
    forward: name(forwardForms),
    inputGradient: name(inputGradientForms),
    weightGradient: name(weightGradientForms),
  };
}

/** An implicit GEMM suits where it has a tile for the shape. */
function implicitGemm(
  gemmOf: (spec: Conv2dSpec, epilogue?: ConvEpilogue) => ImplicitGemm,
  tileOf: (gemm: ImplicitGemm, machine: Machine) => ConvTile | undefined,
): Pick<Form, 'suits' | 'kernels'> {
  return {
    suits: (spec, machine) => tileOf(gemmOf(spec), machine) !== undefined,
    kernels: (spec, epilogue, machine) => {
      const gemm = gemmOf(spec, epilogue);
      return tunedGemm(gemm, machine, tileOf(gemm, machine)!);
    },
  };
}

/** With fewer the transforms, which grow with C + K, cost what the products, which grow with C K, save. */
const enoughChannels = 16;
/** With fewer the filter's transform is not worth it, and there is too little for several threads. */
const enoughTiles = 128;

/**
 * As measured on the wasm device. The form's invocations are few and long, each with scratch memory of its own: nothing
 * for a machine that needs many.
 * @param computed what the pass's tiles cover
 */
function winogradPays(spec: Conv2dSpec, computed: Layout, { invocations }: Machine): boolean {
  const channels = Math.min(spec.inChannels, spec.outChannels);
  return (
    invocations === 'few' &&
    isWinograd(spec) &&
    channels >= enoughChannels &&
    tileGrid(computed).total >= enoughTiles
  );
}

/** With fewer images, or less arithmetic for each number that is copied, packing costs more than it saves. */
const enoughImages = 32;
const enoughFlop = 80;
/** Bytes of x and dy that one invocation walks over: with more, the second-level cache is too small for them. */
const mostBytes = 1024 * 1024;

function packingPays(spec: Conv2dSpec, { jumps }: Machine): boolean {
  const { batch, inChannels, outChannels } = spec;
  const possible = jumps === 'costly' && !isPlanar(inChannels) && !isPlanar(outChannels);
  if (!possible || batch < enoughImages) return false;
  const { x, y } = conv2dLayouts(spec);
  const walked = (y.size / y.extents[1]) * 4 * (4 + 8);
  return walked <= mostBytes && conv2dFlop(spec) >= enoughFlop * (x.size + y.size);
}
