import type { InferenceSession } from 'onnxruntime-web';
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** A model in ONNX Runtime, which judges the files: it refuses what is no valid model. */
export function judge(model: Uint8Array): Promise<InferenceSession> {
  return ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
}

/** What a model gives for a batch: its numbers and their shape. */
export async function run(
  session: InferenceSession,
  numbers: Float32Array,
  shape: readonly number[],
): Promise<{ data: Float32Array | Uint32Array; shape: readonly number[] }> {
  const { output } = await session.run({ input: new ort.Tensor('float32', numbers, shape) });
  return { data: output.data as Float32Array, shape: output.dims };
}
