/**
 * The three nets in float64, put together from the oracles of their kernels: what their gradients are compared with.
 */
import {
  batchNormForwardOracle,
  conv2dForwardOracle,
  conv2dOutputSize,
  convTranspose2dForwardOracle,
  convTranspose2dOutputSize,
  crossEntropyOracle,
  matmulOracle,
  maxPool2dForwardOracle,
  pointwiseLossOracle,
  pool2dOutputSize,
} from '@glassbox/wgsl-kernels';

/** Parameters by their names in the state. */
export type Weights = ReadonlyMap<string, Float64Array>;

interface Images {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

interface Window {
  readonly stride: number;
  readonly padding: number;
}

function conv(
  x: Images,
  weights: Weights,
  name: string,
  outChannels: number,
  { stride, padding }: Window,
): Images {
  const [batch, inChannels, height, width] = x.shape;
  const spec = {
    batch,
    inChannels,
    height,
    width,
    outChannels,
    kernel: [3, 3] as const,
    stride: [stride, stride] as const,
    padding: [padding, padding] as const,
  };
  const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  const data = conv2dForwardOracle(spec, x.data, weight, bias);
  return { data, shape: [batch, outChannels, ...conv2dOutputSize(spec)] };
}

function batchNorm(x: Images, weights: Weights, name: string): Images {
  const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  return { data: batchNormForwardOracle(x.data, x.shape, { weight, bias, eps: 1e-5 }), shape: x.shape };
}

function relu(x: Images): Images {
  return { data: x.data.map((value) => Math.max(value, 0)), shape: x.shape };
}

function maxPool(x: Images): Images {
  const [batch, channels, height, width] = x.shape;
  const two = [2, 2] as const;
  const spec = { batch, channels, height, width, kernel: two, stride: two, padding: [0, 0] as const };
  return {
    data: maxPool2dForwardOracle(x.data, spec).y,
    shape: [batch, channels, ...pool2dOutputSize(spec)],
  };
}

/** Images [N,C,H,W] are rows [N,C·H·W] already: both are row-major. */
function linear(x: Images, weights: Weights, name: string): Images {
  const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  const m = x.shape[0];
  const [k, n] = [x.data.length / m, bias.length];
  return {
    data: matmulOracle({ m, k, n, transposeB: true, bias: true }, x.data, weight, bias),
    shape: [m, n],
  };
}

function loss(logits: Images, labels: readonly number[]): number {
  const shape = [logits.shape[0], logits.shape[1]] as const;
  return crossEntropyOracle(logits.data, labels, { shape, reduction: 'mean' }).loss;
}

/** `PracticalNet` in training mode, with cross-entropy. */
export function practicalLoss(
  x: Images,
  labels: readonly number[],
  widths: readonly number[],
  weights: Weights,
) {
  let y = x;
  for (const [index, width] of widths.entries()) {
    y = relu(conv(y, weights, `conv${index + 1}`, width, { stride: 2, padding: 1 }));
    y = batchNorm(y, weights, `bn${index + 1}`);
  }
  return loss(linear(y, weights, 'fc'), labels);
}

/** `MedMnistNet` in training mode, with cross-entropy. */
export function medMnistLoss(
  x: Images,
  labels: readonly number[],
  widths: readonly number[],
  weights: Weights,
) {
  let y = x;
  for (const [index, width] of widths.entries()) {
    y = conv(y, weights, `conv${index + 1}`, width, { stride: 1, padding: index === 4 ? 1 : 0 });
    y = relu(batchNorm(y, weights, `bn${index + 1}`));
    if (index === 1 || index === 4) y = maxPool(y);
  }
  for (const name of ['fc1', 'fc2']) y = relu(linear(y, weights, name));
  return loss(linear(y, weights, 'fc3'), labels);
}

/** `Autoencoder` without dropout, with the mean squared error of the reconstruction. */
export function autoencoderLoss(x: Images, widths: readonly number[], weights: Weights): number {
  const sides = [x.shape[2]];
  let y = x;
  for (const [index, width] of widths.entries()) {
    y = relu(conv(y, weights, `conv${index + 1}`, width, { stride: 2, padding: 1 }));
    sides.push(y.shape[2]);
  }
  const channels = [x.shape[1], ...widths];
  for (let index = 0; index < widths.length; index++) {
    const level = widths.length - index;
    const [batch, inChannels, height, width] = y.shape;
    const grown = sides[level - 1] % 2 === 0 ? 1 : 0;
    const spec = {
      batch,
      inChannels,
      height,
      width,
      outChannels: channels[level - 1],
      kernel: [3, 3] as const,
      stride: [2, 2] as const,
      padding: [1, 1] as const,
      outputPadding: [grown, grown] as const,
    };
    const name = `deconv${index + 1}`;
    const [weight, bias] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
    const data = convTranspose2dForwardOracle(spec, y.data, weight, bias);
    y = { data, shape: [batch, spec.outChannels, ...convTranspose2dOutputSize(spec)] };
    if (level > 1) y = relu(y);
  }
  return pointwiseLossOracle('mse', 'mean', { x: y.data, t: x.data, shape: x.shape });
}
