/**
 * The three nets as ONNX models with random weights, for inference in other runtimes. ONNX files are protocol buffers;
 * the few messages that are needed are written by hand, field numbers from onnx/onnx.proto.
 */

type Bytes = readonly number[] | Uint8Array;

/** A variable-length integer: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

/** A field of text, bytes or a nested message. */
function field(number: number, content: string | Bytes): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
  return joined([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function joined(parts: readonly Bytes[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** AttributeProto: name 1, i 3, ints 8, type 20 (2 an integer, 7 integers). */
function attribute(name: string, value: number | readonly number[]): Uint8Array {
  return typeof value === 'number'
    ? joined([field(1, name), integer(3, value), integer(20, 2)])
    : joined([field(1, name), ...value.map((one) => integer(8, one)), integer(20, 7)]);
}

/** TensorProto of float32: dims 1, data_type 2, name 8, raw_data 9. */
function tensor(name: string, shape: readonly number[]): Uint8Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const scale = Math.sqrt(shape.length > 1 ? shape[0] / size : 1);
  const values = Float32Array.from({ length: size }, (_, n) => scale * (0.1 + ((n * 7919) % 1000) / 1000));
  const dims = shape.map((extent) => integer(1, extent));
  return joined([...dims, integer(2, 1), field(8, name), field(9, new Uint8Array(values.buffer))]);
}

/** ValueInfoProto: name 1, type 2 (tensor_type 1: elem_type 1, shape 2: dim 1: dim_value 1). */
function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const dims = joined(shape.map((extent) => field(1, integer(1, extent))));
  return joined([field(1, name), field(2, field(1, joined([integer(1, 1), field(2, dims)])))]);
}

/** Writes a chain of nodes: each takes the last one's output and its own weights. */
class Graph {
  readonly #parts: Uint8Array[] = [];
  #last = 'x';
  #count = 0;

  node(
    op: string,
    weights: readonly (readonly number[])[] = [],
    attributes: Record<string, number | readonly number[]> = {},
  ): this {
    const output = `y${++this.#count}`;
    const names = weights.map((_, index) => `${output}_w${index}`);
    this.#parts.push(...weights.map((shape, index) => field(5, tensor(names[index], shape))));
    // NodeProto: input 1, output 2, op_type 4, attribute 5.
    const inputs = [this.#last, ...names].map((name) => field(1, name));
    const options = Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value)));
    this.#parts.push(field(1, joined([...inputs, field(2, output), field(4, op), ...options])));
    this.#last = output;
    return this;
  }

  conv(before: number, width: number, stride: number, padding: number): this {
    const pads = [padding, padding, padding, padding];
    return this.node('Conv', [[width, before, 3, 3], [width]], { strides: [stride, stride], pads });
  }

  batchNorm(width: number): this {
    return this.node('BatchNormalization', [[width], [width], [width], [width]]);
  }

  linear(inputs: number, outputs: number): this {
    return this.node('Gemm', [[outputs, inputs], [outputs]], { transB: 1 });
  }

  /** ModelProto: ir_version 1, graph 7 (node 1, name 2, initializer 5, input 11, output 12), opset_import 8. */
  model(input: readonly number[], output: readonly number[]): Uint8Array {
    const ends = [field(11, valueInfo('x', input)), field(12, valueInfo(this.#last, output))];
    const graph = joined([...this.#parts, field(2, 'net'), ...ends]);
    return joined([integer(1, 8), field(7, graph), field(8, joined([field(1, ''), integer(2, 13)]))]);
  }
}

/**
 * A net as an ONNX file; input `x` [batch,1,28,28].
 * @throws RangeError for a name that is none of the three nets.
 */
export function onnxModel(name: string, batch: number): Uint8Array {
  const graph = new Graph();
  const images = [batch, 1, 28, 28];
  const widths = [1, 16, 32, 64, 128];
  if (name === 'practical-net') {
    for (let i = 0; i < 4; i++)
      graph
        .conv(widths[i], widths[i + 1], 2, 1)
        .node('Relu')
        .batchNorm(widths[i + 1]);
    return graph.node('Flatten').linear(512, 2).model(images, [batch, 2]);
  }
  if (name === 'autoencoder') {
    for (let i = 0; i < 4; i++) graph.conv(widths[i], widths[i + 1], 2, 1).node('Relu');
    for (const [i, extra] of [1, 0, 1, 1].entries()) {
      const [before, width] = [widths[4 - i], widths[3 - i]];
      const options = { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [extra, extra] };
      graph.node('ConvTranspose', [[before, width, 3, 3], [width]], options);
      if (i < 3) graph.node('Relu');
    }
    return graph.model(images, images);
  }
  if (name === 'medmnist-net') {
    const channels = [1, 16, 16, 64, 64, 64];
    for (let i = 0; i < 5; i++) {
      graph
        .conv(channels[i], channels[i + 1], 1, i === 4 ? 1 : 0)
        .batchNorm(channels[i + 1])
        .node('Relu');
      if (i === 1 || i === 4) graph.node('MaxPool', [], { kernel_shape: [2, 2], strides: [2, 2] });
    }
    graph.node('Flatten').linear(1024, 128).node('Relu').linear(128, 128).node('Relu').linear(128, 2);
    return graph.model(images, [batch, 2]);
  }
  throw new RangeError(`${name} is not written as an ONNX model in this benchmark`);
}
