/** ONNX Runtime on its wasm backend as a contender: inference only. */
import { peerVersion, requirePeer } from '../install.ts';
import { onnxModel } from './onnx-model.ts';
import { serve } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on demand and bring no types into this project
type Any = any;

let infer: () => Promise<number>;

await serve('ONNX Runtime', {
  async prepare({ case: name, batch, threads }) {
    const ort = requirePeer('onnxruntime-web') as Any;
    ort.env.wasm.numThreads = threads;
    const session = await ort.InferenceSession.create(onnxModel(name, batch), {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    const numbers = Float32Array.from({ length: batch * 28 * 28 }, (_, n) => ((n * 7919) % 1000) / 500 - 1);
    const x = new ort.Tensor('float32', numbers, [batch, 1, 28, 28]);
    infer = async () => {
      await session.run({ x });
      return 1;
    };
    return { version: `ONNX Runtime Web ${peerVersion('onnxruntime-web')}, wasm, ${threads} threads` };
  },
  infer: () => infer(),
});
