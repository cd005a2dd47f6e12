/** ONNX Runtime Web: models of one node on its WebGPU providers, against its provider for the processor. */
import { readFileSync } from 'node:fs';
import { protobuf } from '@glassbox/files';
import { importPeerFile, peerFile, peerVersion } from '../../../../benchmarks/src/peers/install.ts';
import type { Case, Library, Values } from './cases.ts';
import { type Attribute, type ElementType, type Input, type Use, uses } from './onnx-cases.ts';

// biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types in this project
type Any = any;

const { block, float, integer, joined, text } = protobuf;
type Pieces = protobuf.Pieces;

/** TensorProto.DataType. */
const dataTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};
const OPSET = 20;
/** A version of the file format that has all of it. */
const IR_VERSION = 9;

const excluded = {
  If: 'chooses a graph, on the processor',
  MemcpyFromHost: 'moves memory',
  MemcpyToHost: 'moves memory',
  'com.microsoft.GatherBlockQuantized': 'takes 4-bit weights; the same unpacking is in MatMulNBits',
};

/** Loads it. `native` is the provider in C++, `jsep` the one in TypeScript. */
export async function openOnnx(form: 'native' | 'jsep'): Promise<Library> {
  const ort = (await importPeerFile(
    `onnxruntime-web/dist/${form === 'native' ? 'ort.webgpu.min.mjs' : 'ort.all.min.mjs'}`,
  )) as Any;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const sessions = new Sessions(ort);
  const operations = documented();
  return {
    title: `ONNX Runtime Web ${peerVersion('onnxruntime-web')}, ${form === 'native' ? 'WebGPU' : 'JSEP'}`,
    operations,
    excluded,
    cases: operations.flatMap((operation) =>
      (uses.get(operation) ?? []).map((use): Case => caseOf(ort, sessions, operation, use)),
    ),
  };
}

/** Its own list of operators. Its document has those of com.microsoft among the others: they are told apart by name. */
function documented(): string[] {
  const lines = readFileSync(peerFile('onnxruntime-web/docs/webgpu-operators.md'), 'utf8').split('\n');
  const names = lines
    .flatMap((line) => /^\| *(\w+) *\|/.exec(line)?.[1] ?? [])
    .filter((name) => name !== 'Operator');
  return names.map((name) =>
    /\bcom\.microsoft\b/.test(lines.find((line) => line.startsWith(`| ${name} `))!)
      ? `com.microsoft.${name}`
      : name,
  );
}

/** The session of the case that runs, for each provider. */
class Sessions {
  readonly #ort: Any;
  #owner: Use | null = null;
  readonly #open = new Map<string, Any>();

  constructor(ort: Any) {
    this.#ort = ort;
  }

  async get(owner: Use, model: () => Uint8Array, provider: 'webgpu' | 'wasm'): Promise<Any> {
    if (this.#owner !== owner) {
      for (const session of this.#open.values()) await session.release();
      this.#open.clear();
      this.#owner = owner;
    }
    const known = this.#open.get(provider);
    if (known) return known;
    const session = await this.#ort.InferenceSession.create(model(), {
      executionProviders: [provider],
      // What the provider does not have fails, and is not computed by another one.
      ...(provider === 'webgpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
    });
    this.#open.set(provider, session);
    return session;
  }
}

function caseOf(ort: Any, sessions: Sessions, operation: string, use: Use): Case {
  return {
    operation,
    title: use.title,
    async run(where) {
      const provider = where === 'ours' ? 'webgpu' : 'wasm';
      const session = await sessions.get(use, () => modelOf(operation, use), provider);
      const feeds: Record<string, Any> = {};
      use.inputs.forEach((input, i) => {
        if (input && !input.constant)
          feeds[`in${i}`] = new ort.Tensor(input.type, typed(input), [...input.shape]);
      });
      const results = await session.run(feeds);
      const outputs: ElementType[] = [...(use.outputs ?? ['float32'])];
      return outputs.map((type, i): Values => {
        const { data } = results[`out${i}`];
        return { exact: type !== 'float32', data: Float64Array.from(data as ArrayLike<number>, Number) };
      });
    },
  };
}

/** Data as ONNX Runtime takes it. */
function typed({ type, data }: Input): ArrayLike<number> | BigInt64Array {
  if (type === 'float32') return Float32Array.from(data);
  if (type === 'int32') return Int32Array.from(data);
  if (type === 'int64') return BigInt64Array.from(Array.from(data, BigInt));
  return Uint8Array.from(data);
}

function modelOf(operation: string, { inputs, attributes = {}, outputs = ['float32'] }: Use): Uint8Array {
  const contrib = operation.startsWith('com.microsoft.');
  const node = [
    ...inputs.flatMap((input, i) => text(1, input ? `in${i}` : '')),
    ...outputs.flatMap((_, i) => text(2, `out${i}`)),
    ...text(4, operation.replace('com.microsoft.', '')),
    ...Object.entries(attributes).flatMap(([name, value]) => block(5, attributeProto(name, value))),
    ...(contrib ? text(7, 'com.microsoft') : []),
  ];
  const graph = [
    ...block(1, node),
    ...text(2, operation),
    ...inputs.flatMap((input, i) => (input?.constant ? block(5, tensorProto(`in${i}`, input)) : [])),
    ...inputs.flatMap((input, i) =>
      input && !input.constant ? block(11, valueInfo(`in${i}`, input.type, input.shape)) : [],
    ),
    ...outputs.flatMap((type, i) => block(12, valueInfo(`out${i}`, type))),
  ];
  return joined([
    ...integer(1, IR_VERSION),
    ...block(7, graph),
    ...block(8, [...text(1, ''), ...integer(2, OPSET)]),
    ...block(8, [...text(1, 'com.microsoft'), ...integer(2, 1)]),
  ]);
}

/** With its type (20): 1 a float, 2 an integer, 3 a text, 7 integers. */
function attributeProto(name: string, value: Attribute): Pieces {
  if (typeof value === 'number') return [...text(1, name), ...integer(3, value), ...integer(20, 2)];
  if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...integer(20, 3)];
  if ('real' in value) return [...text(1, name), ...float(2, value.real), ...integer(20, 1)];
  return [...text(1, name), ...value.flatMap((part) => integer(8, part)), ...integer(20, 7)];
}

function tensorProto(name: string, input: Input): Pieces {
  const { buffer } = typed(input) as Float32Array;
  return [
    ...input.shape.flatMap((size) => integer(1, size)),
    ...integer(2, dataTypes[input.type]),
    ...text(8, name),
    ...block(9, [new Uint8Array(buffer)]),
  ];
}

/** Without a shape, the runtime finds it. */
function valueInfo(name: string, type: ElementType, shape?: readonly number[]): Pieces {
  const sizes = shape
    ? block(
        2,
        shape.flatMap((size) => block(1, integer(1, size))),
      )
    : [];
  return [...text(1, name), ...block(2, block(1, [...integer(1, dataTypes[type]), ...sizes]))];
}
