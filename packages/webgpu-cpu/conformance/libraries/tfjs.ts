/** TensorFlow.js: every kernel that its WebGPU backend registers, against the same kernel of its CPU backend. */
import { peerVersion, requirePeer } from '../../../../benchmarks/src/peers/install.ts';
import type { Case, Library, Values } from './cases.ts';
import { type Input, type Use, uses } from './tfjs-cases.ts';

// biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types in this project
type Any = any;

const excluded = {
  Draw: 'draws on a canvas',
  FromPixels: 'reads a canvas or an image',
  StringNGrams: 'works on texts, on the processor',
};

/** Loads it, with both backends. */
export async function openTfjs(): Promise<Library> {
  const tf = requirePeer('@tensorflow/tfjs-core') as Any;
  requirePeer('@tensorflow/tfjs-backend-cpu');
  requirePeer('@tensorflow/tfjs-backend-webgpu');
  // Small tensors, too, are computed by WebGPU.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js could not open its WebGPU backend');
  await tf.ready();
  const operations = tf
    .getKernelsForBackend('webgpu')
    .map(({ kernelName }: Any) => kernelName)
    .sort();
  return {
    title: `TensorFlow.js ${peerVersion('@tensorflow/tfjs-core')}`,
    operations,
    excluded,
    cases: operations.flatMap((operation: string) =>
      (uses.get(operation) ?? []).map((use): Case => caseOf(tf, operation, use)),
    ),
  };
}

function caseOf(tf: Any, operation: string, [title, inputs, attributes = {}]: Use): Case {
  return {
    operation,
    title,
    async run(where) {
      await tf.setBackend(where === 'ours' ? 'webgpu' : 'cpu');
      const made: Any[] = [];
      const tensor = (input: Input) => {
        const one = tensorOf(tf, input);
        made.push(one);
        return one;
      };
      const given = Array.isArray(inputs)
        ? inputs.map(tensor)
        : Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensor(input)]));
      // As its own operations do, which put attributes of lists beside the inputs.
      const results: Any[] = [
        tf.tidy(() => tf.engine().runKernel(operation, given, { ...attributes })),
      ].flat();
      const values: Values[] = [];
      for (const result of results) {
        const exact = result.dtype === 'int32' || result.dtype === 'bool';
        values.push({ exact, data: Float64Array.from(await result.data()) });
      }
      tf.dispose([made, results]);
      return values;
    },
  };
}

function tensorOf(tf: Any, { dtype, shape, data }: Input): Any {
  if (dtype !== 'complex64') return tf.tensor(data, [...shape], dtype);
  const part = (at: number) =>
    tf.tensor(
      (data as Float32Array).filter((_, n) => n % 2 === at),
      [...shape],
    );
  return tf.tidy(() => tf.complex(part(0), part(1)));
}
