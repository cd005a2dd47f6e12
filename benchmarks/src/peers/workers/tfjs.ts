/**
 * TensorFlow.js as a contender: the same nets from its layers, in its own layout (N,H,W,C), with `same` padding, which
 * costs what our padding costs. Argument: backend (`wasm`, `cpu`, `webgpu`), then the WebGPU adapter, or `webgpu-cpu`.
 */
import { peerVersion, requirePeer } from '../install.ts';
import { type GpuChoice, installNavigatorGpu } from './navigator-gpu.ts';
import { serve } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on demand and bring no types into this project
type Any = any;

const [backend, adapter = 'software'] = process.argv.slice(2) as [string, GpuChoice];

let tf: Any;
let layers: Any;
let train: () => Promise<number>;
let infer: () => Promise<number>;

async function load(threads: number): Promise<void> {
  if (backend === 'webgpu') installNavigatorGpu(adapter, threads);
  tf = requirePeer('@tensorflow/tfjs-core');
  requirePeer(`@tensorflow/tfjs-backend-${backend}`);
  layers = (requirePeer('@tensorflow/tfjs-layers') as Any).layers;
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} backend here`);
  await tf.ready();
}

const conv = (filters: number, options: object) =>
  layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...options });
const first = (index: number) => (index === 0 ? { inputShape: [28, 28, 1] } : {});

const nets: Record<string, () => Any[]> = {
  'practical-net': () => [
    ...[16, 32, 64, 128].flatMap((width, index) => [
      conv(width, { strides: 2, activation: 'relu', ...first(index) }),
      layers.batchNormalization({}),
    ]),
    layers.flatten(),
    layers.dense({ units: 2 }),
  ],
  autoencoder: () => [
    ...[16, 32, 64, 128].flatMap((width, index) => [
      conv(width, { strides: 2, activation: 'relu', ...first(index) }),
      layers.dropout({ rate: 0.2, noiseShape: [null, 1, 1, width] }),
    ]),
    ...[64, 32, 16, 1].flatMap((filters, index) => [
      layers.conv2dTranspose({
        filters,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        ...(index < 3 ? { activation: 'relu' } : {}),
      }),
      // 2, 4, 8: the second result is cut to the 7 that the images need.
      ...(index === 1
        ? [
            layers.cropping2D({
              cropping: [
                [0, 1],
                [0, 1],
              ],
            }),
          ]
        : []),
    ]),
  ],
  'medmnist-net': () => [
    ...[16, 16, 64, 64, 64].flatMap((width, index) => [
      conv(width, { ...(index < 4 ? { padding: 'valid' } : {}), ...first(index) }),
      layers.batchNormalization({}),
      layers.activation({ activation: 'relu' }),
      ...(index === 1 || index === 4 ? [layers.maxPooling2d({ poolSize: 2 })] : []),
    ]),
    layers.flatten(),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dense({ units: 2 }),
  ],
};

await serve('TensorFlow.js', {
  async prepare({ case: name, batch, threads }) {
    if (!nets[name]) throw new Error(`${name} is not written for TensorFlow.js`);
    await load(threads);
    const { sequential } = requirePeer('@tensorflow/tfjs-layers') as Any;
    const model = sequential({ layers: nets[name]() });
    const images = tf.randomUniform([1024, 28, 28, 1], -1, 1);
    const labels = tf.oneHot(
      tf.tensor1d(
        Int32Array.from({ length: 1024 }, (_, n) => n % 2),
        'int32',
      ),
      2,
    );
    const autoencoder = name === 'autoencoder';
    const optimizer = autoencoder ? tf.train.adam(1.5e-3) : tf.train.momentum(1e-3, 0.9);
    let step = 0;
    const rows = () => {
      const start = step++ * batch;
      const numbers = Int32Array.from({ length: batch }, (_, n) => (start + n * 7) % 1024);
      return tf.tensor1d(numbers, 'int32');
    };
    const loss = () => {
      const at = rows();
      const x = tf.gather(images, at);
      const y = model.apply(x, { training: true });
      return autoencoder
        ? tf.losses.meanSquaredError(x, y)
        : tf.losses.softmaxCrossEntropy(tf.gather(labels, at), y);
    };
    train = async () => {
      const value = tf.tidy(() => optimizer.minimize(loss, true));
      await value.data();
      value.dispose();
      return 1;
    };
    infer = async () => {
      const value = tf.tidy(() => model.predictOnBatch(tf.gather(images, rows())));
      await value.data();
      value.dispose();
      return 1;
    };
    const where = adapter === 'webgpu-cpu' ? `, our WebGPU on ${threads} threads` : '';
    return { version: `TensorFlow.js ${peerVersion('@tensorflow/tfjs-core')}, ${backend}${where}` };
  },
  train: () => train(),
  infer: () => infer(),
});
