/** ONNX Runtime on its wasm backend as a contender: inference only. */
import { toOnnx } from '@glassbox/onnx';
import { openRuntime } from '@glassbox/tensor-core';
import { benchmarkCases } from '../../cases.ts';
import { peerVersion, requirePeer } from '../install.ts';
import { serve } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on demand and bring no types into this project
type Any = any;

let infer: () => Promise<number>;

await serve('ONNX Runtime', {
  async prepare({ case: name, batch, threads }) {
    const ort = requirePeer('onnxruntime-web') as Any;
    ort.env.wasm.numThreads = threads;
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const net = benchmarkCases.find((one) => one.name === name)!.model(runtime);
    const model = await toOnnx(net, { inputShape: [1, 28, 28] });
    await runtime.destroy();
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
      // It may plan for this batch size alone, as if the model had no other.
      freeDimensionOverrides: { N: batch },
    });
    const numbers = Float32Array.from({ length: batch * 28 * 28 }, (_, n) => ((n * 7919) % 1000) / 500 - 1);
    const input = new ort.Tensor('float32', numbers, [batch, 1, 28, 28]);
    infer = async () => {
      await session.run({ input });
      return 1;
    };
    return { version: `ONNX Runtime Web ${peerVersion('onnxruntime-web')}, wasm, ${threads} threads` };
  },
  infer: () => infer(),
});
