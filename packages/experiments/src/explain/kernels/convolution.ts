/** Convolutions, Winograd's form, transposed convolutions. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type Choices, type Example, type KernelEntry, one, plan, window } from './entry.ts';

const convSpec = ([n, c, h, w]: readonly number[], choices: Choices): k.Conv2dSpec => ({
  batch: n,
  inChannels: c,
  height: h,
  width: w,
  outChannels: choices.outChannels,
  ...window(choices),
});

const convolution = (build: (spec: k.Conv2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  group: 'convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 16, 14, 14],
  choices: { outChannels: 32, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, tuning) => build(convSpec(shape, choices), tuning),
});

/** With the shapes of the MedMNIST net's last layer: Winograd's form has no strides. */
const winograd = (build: (spec: k.Conv2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  ...convolution(build),
  shape: [batch, 64, 8, 8],
  choices: { outChannels: 64, kernelSize: 3, stride: 1, padding: 1 },
});

const transposed = (build: (spec: k.ConvTranspose2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  group: 'transposed convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  choices: { outChannels: 16, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, tuning) => {
    const surplus = choices.stride - 1;
    return build({ ...convSpec(shape, choices), outputPadding: [surplus, surplus] }, tuning);
  },
});

export const convolutions: Record<string, KernelEntry> = {
  conv2dForward: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.conv2dForward(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  conv2dReluBatchNormForward: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const epilogue = { bias: true, relu: true, batchNorm: {} };
    return plan(k.conv2dForward(spec, epilogue, tuning), {
      x,
      weight,
      bias,
      y,
      mean: bias,
      scale: bias,
      shift: bias,
    });
  }),
  conv2dForwardPlain: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardPlain(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  conv2dInputGradientPlain: convolution((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientPlain(spec, {}, tuning), { dy, weight, dx });
  }),
  conv2dWeightGradientPlain: convolution((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dWeightGradientPlain(spec, tuning), { x, dy, dWeight });
  }),
  conv2dForwardWorkgroup: convolution((spec) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardWorkgroup(spec, { bias: true, relu: true }), { x, weight, bias, y });
  }),
  conv2dInputGradientWorkgroup: convolution((spec) => {
    const { x: dx, inputGradientWeight: transposed, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientWorkgroup(spec), { dy, transposed, dx });
  }),
  conv2dInputGradient: convolution((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dInputGradient(spec, {}, tuning), { dy, weight, dx });
  }),
  conv2dWeightGradient: convolution((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
  conv2dBiasGradient: convolution((spec, tuning) => {
    const { y: dy, bias: dBias } = k.conv2dLayouts(spec);
    return plan(k.conv2dBiasGradient(spec, tuning), { dy, dBias });
  }),
  transposeFilter: convolution((spec, tuning) => {
    const { weight } = k.conv2dLayouts(spec);
    return one(k.transposeFilter(weight, tuning), {
      weight,
      transposed: k.filterTransposedLayout(weight.shape),
    });
  }),
  winogradForward: winograd((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.winogradForward(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  winogradInputGradient: winograd((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradInputGradient(spec, {}, tuning), { dy, weight, dx });
  }),
  winogradWeightGradient: winograd((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
  convTranspose2dForward: transposed((spec, tuning) => {
    // Its kernel is the input gradient of the adjoint convolution, and calls its buffers so.
    const { x: dy, weight, bias, y: dx } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dForward(spec, { bias: true }, tuning), { dy, weight, bias, dx });
  }),
  convTranspose2dInputGradient: transposed((spec, tuning) => {
    const { x: y, weight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dInputGradient(spec, tuning), { x, weight, y });
  }),
  convTranspose2dWeightGradient: transposed((spec, tuning) => {
    const { x: dy, weight: dWeight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
};
