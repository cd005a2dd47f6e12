import { Module } from '@glassbox/nn';
import {
  checkOptions,
  checkValue,
  instance,
  list,
  number,
  type OptionTable,
  oneOrMore,
  positive,
  required,
  show,
  table,
  text,
  whole,
} from '@glassbox/options';
import { Runtime, type Storage, Tensor } from '@glassbox/tensor-core';
import { type HostConstant, merge, type Pass } from './merge.ts';
import { encodeModel, firstOpset, lastOpset, requireSize } from './model.ts';
import { type Trace, trace } from './trace.ts';

/** How a picture's values became the net's input: (value - mean) / std, one number or one for each channel. */
export interface OnnxNormalization {
  /** Subtracted from a value: one number, or one for each channel. */
  readonly mean: number | readonly number[];
  /** Divides the difference: one number, or one for each channel. */
  readonly std: number | readonly number[];
}

/** What the model says of itself, and the shape that it is made for. */
export interface OnnxOptions {
  /** The shape of one example, without the batch: [C,H,W] for images. */
  readonly inputShape: readonly number[];
  /** Version of ONNX's operators, 17 to 23. Default 17, which the most runtimes know. */
  readonly opset?: number;
  /** The graph's name. Default the name of the net's class. */
  readonly name?: string;
  /** Words for people who open the file. */
  readonly docString?: string;
  /** Is noted in the model's metadata, as JSON under `normalization`. The graph itself takes normalised values. */
  readonly normalization?: OnnxNormalization;
  /** Where the net lives, if it has no parameters that say so. */
  readonly runtime?: Runtime;
}

const normalizationNames: OptionTable<OnnxNormalization> = {
  mean: required(oneOrMore(number)),
  std: required(oneOrMore(positive)),
};
const optionNames: OptionTable<OnnxOptions> = {
  inputShape: required(list(whole(1))),
  opset: whole(firstOpset, lastOpset),
  name: text,
  docString: text,
  normalization: table(normalizationNames),
  runtime: instance(() => Runtime, 'a runtime, from await openRuntime()'),
};
const aModule = instance(() => Module, 'a module');

/** Two sizes that no dimension has by chance more often than others, and that no op broadcasts. */
const batches = [2, 3] as const;

/**
 * A net as an ONNX model, for any batch size: `input` [N,…inputShape] to `output`. The net is exported in evaluation
 * mode, whatever its own, and stays as it is. Weights have PyTorch's names.
 *
 * `forward` is run three times (once for what it may keep at a first call, then for batches of 2 and of 3), and the
 * kernels that it launches become nodes. So any `forward` can be exported that is written with tensor-core's ops and
 * takes the same way for every batch. What it reads on the host, a number or a switch, is a constant of the graph.
 *
 * @returns the bytes of an .onnx file
 * @throws Error that names op and module for what ONNX cannot say, or depends on the batch size in another way than
 *   by a multiple of it; RangeError if a weight is not finite, or the file would be larger than 2 GB. Whatever the net
 *   throws if the shape does not fit it.
 */
export async function toOnnx(net: Module, options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  checkValue('toOnnx', 'net', net, aModule);
  checkOptions('toOnnx', options, optionNames);
  const { inputShape, opset = firstOpset, normalization, docString = '' } = options;
  // A graph without a name is no valid model, and a class may have none.
  const { name = '', runtime = runtimeOf(net) } = options;
  const title = name || net.constructor.name || 'net';
  const named = new Map<Storage, string>();
  for (const [key, value] of net.namedState()) {
    if (value instanceof Tensor && !named.has(value.storage)) named.set(value.storage, key);
  }
  const pass = (batch: number) => trace(net, runtime, [batch, ...inputShape], named, opset);
  try {
    pass(batches[0]);
  } catch (error) {
    if (inputShape.length > 3 && error instanceof RangeError)
      error.message += `; inputShape is the shape of one input: [${inputShape.slice(1)}], without the batch`;
    throw error;
  }
  const traces = batches.map(pass);
  requireSize([...traces[0].graph.constants.values()].reduce((sum, { size }) => sum + 4 * size, 0));
  // Everything is asked for before anything is awaited: the net may be trained on meanwhile.
  const [a, b] = await Promise.all(traces.map((one) => read(one, new Set(named.values()))));
  const graph = merge(title, a, b, inputShape);
  const metadata: Record<string, string> = normalization
    ? { normalization: JSON.stringify(normalization) }
    : {};
  return encodeModel(graph, { opset, docString, metadata });
}

function runtimeOf(net: Module): Runtime {
  const tensor = [...net.namedState().values()].find((value) => value instanceof Tensor);
  if (tensor) return tensor.runtime;
  throw new Error(
    `toOnnx: ${show(net)} has no parameters that say which device it is for; give the option runtime`,
  );
}

/** A pass with its constants on the host. @throws RangeError if a weight is not finite */
async function read(pass: Trace, weights: ReadonlySet<string>): Promise<Pass> {
  const entries = [...pass.graph.constants].map(async ([name, tensor]): Promise<[string, HostConstant]> => {
    const data = await tensor.array();
    const index = weights.has(name) ? data.findIndex((value) => !Number.isFinite(value)) : -1;
    if (index >= 0) {
      throw new RangeError(
        `toOnnx: ${name}[${index}] is ${data[index]}; the training went wrong, and the file would be of no use`,
      );
    }
    return [name, { type: tensor.dtype, shape: tensor.shape, data }];
  });
  return { ...pass, constants: new Map(await Promise.all(entries)) };
}
