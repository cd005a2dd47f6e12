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

const convolution = (build: (spec: k.Conv2dSpec, machine: k.Machine) => Example): KernelEntry => ({
  group: 'convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 16, 14, 14],
  choices: { outChannels: 32, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, machine) => build(convSpec(shape, choices), machine),
});

/** With the shapes of the MedMNIST net's last layer: Winograd's form has no strides. */
const winograd = (build: (spec: k.Conv2dSpec, machine: k.Machine) => Example): KernelEntry => ({
  ...convolution(build),
  shape: [batch, 64, 8, 8],
  choices: { outChannels: 64, kernelSize: 3, stride: 1, padding: 1 },
});

const transposed = (build: (spec: k.ConvTranspose2dSpec, machine: k.Machine) => Example): KernelEntry => ({
  group: 'transposed convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  choices: { outChannels: 16, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, machine) => {
    const surplus = choices.stride - 1;
    return build({ ...convSpec(shape, choices), outputPadding: [surplus, surplus] }, machine);
  },
});

export const convolutions: Record<string, KernelEntry> = {
  conv2dForward: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.conv2dForward(spec, { bias: true, relu: true }, machine), { x, weight, bias, y });
  }),
  conv2dReluBatchNormForward: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const epilogue = { bias: true, relu: true, batchNorm: {} };
    return plan(k.conv2dForward(spec, epilogue, machine), {
      x,
      weight,
      bias,
      y,
      mean: bias,
      scale: bias,
      shift: bias,
    });
  }),
  conv2dForwardPlain: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardPlain(spec, { bias: true, relu: true }, machine), { x, weight, bias, y });
  }),
  conv2dInputGradientPlain: convolution((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientPlain(spec, {}, machine), { dy, weight, dx });
  }),
  conv2dWeightGradientPlain: convolution((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dWeightGradientPlain(spec, machine), { x, dy, dWeight });
  }),
  conv2dForwardWorkgroup: convolution((spec) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardWorkgroup(spec, { bias: true, relu: true }), { x, weight, bias, y });
  }),
  conv2dInputGradientWorkgroup: convolution((spec) => {
    const { x: dx, inputGradientWeight: transposed, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientWorkgroup(spec), { dy, transposed, dx });
  }),
  conv2dInputGradient: convolution((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dInputGradient(spec, {}, machine), { dy, weight, dx });
  }),
  conv2dWeightGradient: convolution((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dWeightGradient(spec, machine), { x, dy, dWeight });
  }),
  conv2dBiasGradient: convolution((spec, machine) => {
    const { y: dy, bias: dBias } = k.conv2dLayouts(spec);
    return plan(k.conv2dBiasGradient(spec, machine), { dy, dBias });
  }),
  transposeFilter: convolution((spec, machine) => {
    const { weight } = k.conv2dLayouts(spec);
    return one(k.transposeFilter(weight, machine), {
      weight,
      transposed: k.filterTransposedLayout(weight.shape),
    });
  }),
  winogradForward: winograd((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.winogradForward(spec, { bias: true, relu: true }, machine), { x, weight, bias, y });
  }),
  winogradInputGradient: winograd((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradInputGradient(spec, {}, machine), { dy, weight, dx });
  }),
  winogradWeightGradient: winograd((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradWeightGradient(spec, machine), { x, dy, dWeight });
  }),
  convTranspose2dForward: transposed((spec, machine) => {
    // Its kernel is the input gradient of the adjoint convolution, and calls its buffers so.
    const { x: dy, weight, bias, y: dx } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dForward(spec, { bias: true }, machine), { dy, weight, bias, dx });
  }),
  convTranspose2dInputGradient: transposed((spec, machine) => {
    const { x: y, weight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dInputGradient(spec, machine), { x, weight, y });
  }),
  convTranspose2dWeightGradient: transposed((spec, machine) => {
    const { x: dy, weight: dWeight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dWeightGradient(spec, machine), { x, dy, dWeight });
  }),
};
