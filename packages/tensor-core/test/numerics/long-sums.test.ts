import { readFileSync } from 'node:fs';
import { imageLayout } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import {
  avgPool2d,
  batchNorm,
  bceWithLogits,
  conv2d,
  crossEntropy,
  full,
  gradientNorm,
  l1Loss,
  logSoftmax,
  matmul,
  max,
  mean,
  mseLoss,
  softmax,
  sum,
  variance,
} from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { elements, type Kind } from './hashed.ts';

/** Long sums beside PyTorch's, on the same numbers: recorded by ../fixtures/long_sums.py. */
interface Case {
  readonly op: string;
  readonly kinds: readonly Kind[];
  readonly shapes: readonly (readonly number[])[];
  readonly dim?: readonly number[];
  readonly smoothing?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Which result: some ops have several. */
  readonly of: string;
  /** PyTorch's largest error relative to `scale`, the largest result. */
  readonly error: number;
  readonly values: readonly number[];
  readonly scale: number;
}

const fixture = new URL('../fixtures/long-sums.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as Case[];
const devices = await openTestDevices();

/** Not even a correctly rounded result need be nearer than this. */
const half = 2 ** -24;
/** Elements that a software GPU, ten times as slow, is asked for; what is longer runs on the wasm device. */
const most = { wasm: Number.POSITIVE_INFINITY, webgpu: 2 ** 18 };

const size = (shape: readonly number[]) => shape.reduce((product, one) => product * one, 1);

/** What PyTorch's `first` in the script takes: values spread over a long result. */
function spread(values: ArrayLike<number>): number[] {
  const step = Math.max(1, Math.floor(values.length / 8));
  return Array.from({ length: Math.min(8, Math.ceil(values.length / step)) }, (_, i) => values[i * step]);
}

type Results = Record<string, ArrayLike<number>>;

/** Runs a case's op; gradients where the script takes them. */
async function run(runtime: Runtime, one: Case): Promise<Results> {
  const inputs = one.shapes.map((shape, number) => {
    const kind = one.kinds[number];
    if (kind === 'tenth' && shape.length < 4) return full(runtime, shape, 0.1);
    const layout = shape.length === 4 ? { layout: imageLayout(shape) } : {};
    return tensor(runtime, elements(kind, size(shape), number), shape, layout);
  });
  const [x, second] = inputs;
  const { dim, transposeA, transposeB } = one;
  const whole = async (y: Tensor): Promise<Results> => ({ y: await y.array() });
  const some = async (y: Tensor): Promise<Results> => ({ y: spread(await y.array()) });
  switch (one.op) {
    case 'sum':
      return one.shapes[0].length === 1 ? whole(sum(x, { dim })) : some(sum(x, { dim }));
    case 'mean':
      return some(mean(x, { dim }));
    case 'variance':
      return some(variance(x, { dim }));
    case 'mseLoss':
      return whole(mseLoss(x, second));
    case 'l1Loss':
      return whole(l1Loss(x, second));
    case 'bceWithLogits':
      return whole(bceWithLogits(x, second));
    case 'logSoftmax':
      return some(logSoftmax(x));
    case 'softmax':
      return some(softmax(x));
    case 'crossEntropy': {
      const [n, c] = x.shape;
      const labels = Uint32Array.from({ length: n }, (_, i) => i % c);
      x.requiresGrad_();
      const loss = crossEntropy(x, tensor(runtime, labels, [n], { dtype: 'u32' }), {
        labelSmoothing: one.smoothing,
      });
      backward(loss);
      const dx = (await x.grad!.array()) as Float32Array;
      return { y: [await loss.item(), dx.reduce((most, value) => Math.max(most, Math.abs(value)), 0)] };
    }
    case 'batchNorm': {
      const channels = [x.shape[1]];
      const ones = () => tensor(runtime, new Float32Array(channels[0]).fill(1), channels);
      const [runningMean, runningVar] = [zeros(runtime, channels), zeros(runtime, channels)];
      const [weight, bias] = [ones().requiresGrad_(), zeros(runtime, channels).requiresGrad_()];
      const y = batchNorm(x, { weight, bias, runningMean, runningVar, training: true, momentum: 1 });
      backward(y, second);
      return {
        mean: await runningMean.array(),
        variance: await runningVar.array(),
        dWeight: await weight.grad!.array(),
        dBias: await bias.grad!.array(),
      };
    }
    case 'conv2d gradients': {
      const weight = zeros(runtime, [second.shape[1], x.shape[1], 3, 3]).requiresGrad_();
      const bias = zeros(runtime, [second.shape[1]]).requiresGrad_();
      backward(conv2d(x, weight, bias, { padding: 1 }), second);
      return { dWeight: await weight.grad!.array(), dBias: await bias.grad!.array() };
    }
    case 'matmul':
      return some(matmul(x, second, { transposeA, transposeB }));
    case 'conv2d':
      return some(conv2d(x, second, null));
    case 'avgPool2d':
      return whole(avgPool2d(x, { kernelSize: x.shape[2] }));
    case 'gradientNorm': {
      const parameter = zeros(runtime, x.shape).requiresGrad_();
      const arena = new ParameterArena(runtime, [parameter]);
      backward(sum(parameter), undefined);
      parameter.heldGrad!.write(await x.array()); // in its place in the arena
      const groups = new Uint32Array(arena.values.blocks);
      return whole(gradientNorm(arena, tensor(runtime, groups, [groups.length], { dtype: 'u32' })));
    }
    case 'ties': {
      backward(max(x.requiresGrad_()));
      return some(x.grad!);
    }
    default:
      throw new Error(`unknown case ${one.op}`);
  }
}

describe.each(devices)('long sums on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const limit = device.info.kind === 'wasm' ? most.wasm : most.webgpu;
  const chosen = cases.filter(({ shapes }) => shapes.every((shape) => size(shape) <= limit));

  it.each([...new Set(chosen.map(({ op }) => op))])(
    '%s: no more than 10 times as far from float64 as PyTorch',
    async (op) => {
      // Several results come from one run.
      const runs = Map.groupBy(
        chosen.filter((one) => one.op === op),
        ({ kinds, shapes, dim, smoothing, transposeA, transposeB }) =>
          JSON.stringify({ kinds, shapes, dim, smoothing, transposeA, transposeB }),
      );
      for (const [what, results] of runs) {
        const found = await run(runtime, results[0]);
        for (const { of, error, values, scale } of results) {
          const worst =
            values.reduce((worst, value, i) => Math.max(worst, Math.abs(found[of][i] - value)), 0) / scale;
          expect(worst, `${of} of ${what}: PyTorch's error is ${error}`).toBeLessThanOrEqual(
            10 * Math.max(error, half),
          );
        }
      }
    },
  );
});
