/** Convolutions, Winograd's form, transposed convolutions. */
import * as k from '@glassbox/wgsl-kernels';
import {
  batch,
  type Choices,
  type Example,
  type KernelEntry,
  type Oracle,
  one,
  plan,
  window,
} from './entry.ts';

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

/** y of a convolution with bias and ReLU. */
const forwardOracle =
  (spec: k.Conv2dSpec): Oracle =>
  ({ x, weight, bias }) => ({ y: k.conv2dForwardOracle(spec, x, weight, bias, true) });
const inputGradientOracle =
  (spec: k.Conv2dSpec): Oracle =>
  ({ dy, weight }) => ({ dx: k.conv2dInputGradientOracle(spec, dy, weight) });
const weightGradientOracle =
  (spec: k.Conv2dSpec): Oracle =>
  ({ x, dy }) => ({ dWeight: k.conv2dWeightGradientOracle(spec, x, dy) });

export const convolutions: Record<string, KernelEntry> = {
  conv2dForward: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const kernels = k.conv2dForward(spec, { bias: true, relu: true }, machine);
    return plan(kernels, { x, weight, bias, y }, forwardOracle(spec));
  }),
  conv2dReluBatchNormForward: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const epilogue = { bias: true, relu: true, batchNorm: {} };
    return plan(
      k.conv2dForward(spec, epilogue, machine),
      { x, weight, bias, y, mean: bias, scale: bias, shift: bias },
      (v) => {
        const variance = new Float64Array(spec.outChannels).fill(1);
        const norm = { weight: v.scale, bias: v.shift, mean: v.mean, variance, eps: 0 };
        const convolved = k.conv2dForwardOracle(spec, v.x, v.weight, v.bias, true);
        return { y: k.batchNormForwardOracle(convolved, y.shape, norm) };
      },
    );
  }),
  conv2dForwardPlain: convolution((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const kernel = k.conv2dForwardPlain(spec, { bias: true, relu: true }, machine);
    return one(kernel, { x, weight, bias, y }, forwardOracle(spec));
  }),
  conv2dInputGradientPlain: convolution((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientPlain(spec, {}, machine), { dy, weight, dx }, inputGradientOracle(spec));
  }),
  conv2dWeightGradientPlain: convolution((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dWeightGradientPlain(spec, machine), { x, dy, dWeight }, weightGradientOracle(spec));
  }),
  conv2dForwardWorkgroup: convolution((spec) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const kernel = k.conv2dForwardWorkgroup(spec, { bias: true, relu: true });
    return one(kernel, { x, weight, bias, y }, forwardOracle(spec));
  }),
  conv2dInputGradientWorkgroup: convolution((spec) => {
    const { x: dx, inputGradientWeight: transposed, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientWorkgroup(spec), { dy, transposed, dx }, (v) => ({
      dx: k.conv2dInputGradientOracle(spec, v.dy, v.transposed),
    }));
  }),
  conv2dInputGradient: convolution((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dInputGradient(spec, {}, machine), { dy, weight, dx }, inputGradientOracle(spec));
  }),
  conv2dWeightGradient: convolution((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dWeightGradient(spec, machine), { x, dy, dWeight }, weightGradientOracle(spec));
  }),
  conv2dWeightGradientPacked: convolution((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dWeightGradientPacked(spec, machine), { x, dy, dWeight }, weightGradientOracle(spec));
  }),
  conv2dBiasGradient: convolution((spec, machine) => {
    const { y: dy, bias: dBias } = k.conv2dLayouts(spec);
    return plan(k.conv2dBiasGradient(spec, machine), { dy, dBias }, (v) => ({
      dBias: { values: k.conv2dBiasGradientOracle(spec, v.dy), tolerance: 1e-5 },
    }));
  }),
  transposeFilter: convolution((spec, machine) => {
    const { weight } = k.conv2dLayouts(spec);
    const transposed = k.filterTransposedLayout(weight.shape);
    return one(k.transposeFilter(weight, machine), { weight, transposed }, (v) => ({
      transposed: { values: v.weight, tolerance: 0 },
    }));
  }),
  winogradForward: winograd((spec, machine) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const kernels = k.winogradForward(spec, { bias: true, relu: true }, machine);
    return plan(kernels, { x, weight, bias, y }, forwardOracle(spec));
  }),
  winogradInputGradient: winograd((spec, machine) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradInputGradient(spec, {}, machine), { dy, weight, dx }, inputGradientOracle(spec));
  }),
  winogradWeightGradient: winograd((spec, machine) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradWeightGradient(spec, machine), { x, dy, dWeight }, weightGradientOracle(spec));
  }),
  convTranspose2dForward: transposed((spec, machine) => {
    // Its kernel is the input gradient of the adjoint convolution, and calls its buffers so.
    const { x: dy, weight, bias, y: dx } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dForward(spec, { bias: true }, machine), { dy, weight, bias, dx }, (v) => ({
      dx: k.convTranspose2dForwardOracle(spec, v.dy, v.weight, v.bias),
    }));
  }),
  convTranspose2dInputGradient: transposed((spec, machine) => {
    const { x: y, weight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dInputGradient(spec, machine), { x, weight, y }, (v) => ({
      y: k.convTranspose2dInputGradientOracle(spec, v.x, v.weight),
    }));
  }),
  convTranspose2dWeightGradient: transposed((spec, machine) => {
    const { x: dy, weight: dWeight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dWeightGradient(spec, machine), { x, dy, dWeight }, (v) => ({
      dWeight: k.convTranspose2dWeightGradientOracle(spec, v.dy, v.x),
    }));
  }),
  convTranspose2dBiasGradient: transposed((spec, machine) => {
    const { bias: dBias, y: dy } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dBiasGradient(spec, machine), { dy, dBias }, (v) => {
      const dBias = new Float64Array(spec.outChannels);
      const pixels = k.elementCount(dy.shape.slice(2));
      for (let n = 0; n < v.dy.length; n++) dBias[Math.floor(n / pixels) % spec.outChannels] += v.dy[n];
      return { dBias: { values: dBias, tolerance: 1e-5 } };
    });
  }),
};
