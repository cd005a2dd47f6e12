/**
 * jax-js as a contender: one jitted function is the whole training step (values, gradients, SGD with momentum).
 * Arguments: device (`wasm` or `webgpu`), form of the convolution (`lax`: lax.conv on N,C,H,W; `slices`: nine slices
 * side by side and one matrix product on N,H,W,C, far faster on its wasm backend), `threads` (give its wasm backend
 * the browser's Worker, which Node lacks: without it that backend has one thread), the WebGPU adapter, or `webgpu-cpu`.
 * In its favour, batch norm keeps no running statistics.
 */
import { importPeer, peerVersion } from '../install.ts';
import { type GpuChoice, installNavigatorGpu } from './navigator-gpu.ts';
import { serve } from './serve.ts';
import { installWorker } from './web-worker.ts';

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on demand and bring no types into this project
type Any = any;
/** Owned once: `x.ref` keeps a value for another use. */
type Value = Any;

const [device, form, extra] = process.argv.slice(2);
let jax: Any;
let np: Any;
let train: () => Promise<number>;
let infer: () => Promise<number>;

/** Weights of a layer in the order in which `forward` takes them. */
interface Net {
  readonly shapes: readonly (readonly number[])[];
  readonly forward: (x: Value, next: () => Value) => Value;
}

const lax = form === 'lax';
const channelAxis = lax ? 1 : 3;
const spatial = lax ? [0, 2, 3] : [0, 1, 2];
const filter = (before: number, width: number) => (lax ? [width, before, 3, 3] : [9 * before, width]);

function conv(x: Value, weight: Value, bias: Value, stride: number, padding: number): Value {
  const width = bias.shape[0];
  if (lax) {
    const pads = [
      [padding, padding],
      [padding, padding],
    ];
    return jax.lax.conv(x, weight, [stride, stride], pads).add(bias.reshape([1, width, 1, 1]));
  }
  const around = [0, padding, padding, 0].map((by) => [by, by]);
  const padded = padding > 0 ? np.pad(x, around) : x;
  const [n, h, w, c] = padded.shape;
  const [p, q] = [h - 2, w - 2];
  const taps: Value[] = [];
  for (let r = 0; r < 3; r++)
    for (let s = 0; s < 3; s++) taps.push(padded.ref.slice([], [r, r + p], [s, s + q], []));
  padded.dispose();
  const columns = np.concatenate(taps, 3).reshape([n * p * q, 9 * c]);
  return np.matmul(columns, weight).add(bias).reshape([n, p, q, width]);
}

function batchNorm(x: Value, scale: Value, shift: Value): Value {
  const keep = { keepdims: true };
  const mean = np.mean(x.ref, spatial, keep);
  const centred = x.sub(mean);
  const variance = np.mean(np.square(centred.ref), spatial, keep);
  const shape = [1, 1, 1, 1];
  shape[channelAxis] = scale.shape[0];
  const rstd = np.reciprocal(np.sqrt(variance.add(1e-5)));
  return centred.mul(rstd.mul(scale.reshape(shape))).add(shift.reshape(shape));
}

function maxPool(x: Value): Value {
  const [n, a, b, c] = x.shape;
  return lax
    ? np.max(x.reshape([n, a, b / 2, 2, c / 2, 2]), [3, 5])
    : np.max(x.reshape([n, a / 2, 2, b / 2, 2, c]), [2, 4]);
}

function linear(x: Value, weight: Value, bias: Value): Value {
  return np.matmul(x, weight).add(bias);
}

const nets: Record<string, () => Net> = {
  'practical-net': () => {
    if (!lax) throw new Error('its slices have no step: strided convolutions only by lax.conv');
    const widths = [1, 16, 32, 64, 128];
    return {
      shapes: [
        ...widths.slice(1).flatMap((width, i) => [filter(widths[i], width), [width], [width], [width]]),
        [512, 2],
        [2],
      ],
      forward(x, next) {
        let y = x;
        for (let i = 0; i < 4; i++) y = batchNorm(jax.nn.relu(conv(y, next(), next(), 2, 1)), next(), next());
        return linear(y.reshape([y.shape[0], 512]), next(), next());
      },
    };
  },
  'medmnist-net': () => {
    const widths = [1, 16, 16, 64, 64, 64];
    const hidden = [1024, 128, 128, 2];
    return {
      shapes: [
        ...widths.slice(1).flatMap((width, i) => [filter(widths[i], width), [width], [width], [width]]),
        ...hidden.slice(1).flatMap((width, i) => [[hidden[i], width], [width]]),
      ],
      forward(x, next) {
        let y = x;
        for (let i = 0; i < 5; i++) {
          y = jax.nn.relu(batchNorm(conv(y, next(), next(), 1, i === 4 ? 1 : 0), next(), next()));
          if (i === 1 || i === 4) y = maxPool(y);
        }
        y = y.reshape([y.shape[0], 1024]);
        y = jax.nn.relu(linear(y, next(), next()));
        y = jax.nn.relu(linear(y, next(), next()));
        return linear(y, next(), next());
      },
    };
  },
};

function randomValue(shape: readonly number[]): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  const fanIn = shape.length === 1 ? 1 : size / (shape.length === 4 ? shape[0] : shape[1]);
  const numbers = Float32Array.from(
    { length: size },
    (_, n) => (((n * 7919) % 1000) / 500 - 1) / Math.sqrt(fanIn),
  );
  return np.array(numbers).reshape([...shape]);
}

await serve('jax-js', {
  async prepare({ case: name, batch, threads }) {
    const make = nets[name];
    if (!make) throw new Error(`${name} is not written for jax-js in this benchmark`);
    if (extra === 'threads') installWorker(threads);
    else if (device === 'webgpu') installNavigatorGpu(extra as GpuChoice, threads);
    jax = await importPeer('@jax-js/jax');
    np = jax.numpy;
    const found = (await jax.init(device)) as string[];
    if (!found.includes(device)) throw new Error(`jax-js finds no ${device} backend here`);
    jax.defaultDevice(device);
    const net = make();
    const forward = (weights: Value[], x: Value) => {
      let at = 0;
      return net.forward(x, () => weights[at++]);
    };
    const loss = (weights: Value[], x: Value, target: Value) =>
      np.sum(jax.nn.logSoftmax(forward(weights, x), 1).mul(target)).mul(-1 / batch);
    const step = jax.jit((weights: Value[], momenta: Value[], x: Value, target: Value) => {
      const [value, gradients] = jax.valueAndGrad(loss)(
        weights.map((weight) => weight.ref),
        x,
        target,
      );
      const moved = momenta.map((m, i) => m.mul(0.9).add(gradients[i]));
      const next = weights.map((weight, i) => weight.sub(moved[i].ref.mul(1e-3)));
      return [next, moved, value];
    });
    const evaluate = jax.jit(forward);
    let weights = net.shapes.map(randomValue);
    let momenta = net.shapes.map((shape) => np.zeros([...shape]));
    const images = lax ? [batch, 1, 28, 28] : [batch, 28, 28, 1];
    const x = randomValue(images);
    const labels = Float32Array.from({ length: batch * 2 }, (_, n) =>
      n % 2 === Math.floor(n / 2) % 2 ? 1 : 0,
    );
    const target = np.array(labels).reshape([batch, 2]);
    train = async () => {
      const [next, moved, value] = step(weights, momenta, x.ref, target.ref);
      [weights, momenta] = [next, moved];
      await jax.blockUntilReady([...next, value]);
      value.dispose();
      return 1;
    };
    infer = async () => {
      const output = evaluate(
        weights.map((weight: Value) => weight.ref),
        x.ref,
      );
      await jax.blockUntilReady(output);
      output.dispose();
      return 1;
    };
    const ways: Record<string, string> = {
      threads: `${threads} threads added`,
      'webgpu-cpu': `our WebGPU on ${threads} threads`,
    };
    const how = ways[extra] ?? (device === 'wasm' ? 'as shipped' : extra);
    return {
      version:
        `jax-js ${peerVersion('@jax-js/jax')}, ${device}, ` +
        `${lax ? 'lax.conv' : 'nine slices and a matmul'}, ${how}`,
    };
  },
  train: () => train(),
  infer: () => infer(),
});
