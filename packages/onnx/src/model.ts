/**
 * ONNX's messages (github.com/onnx/onnx, onnx/onnx.proto), as far as a net needs them. Each function writes one
 * message; field numbers stand beside their names.
 */
import { protobuf } from '@glassbox/files';

const { block, byteLength, float, integer, joined, text } = protobuf;
type Pieces = protobuf.Pieces;

/** Of float attributes: an integer attribute is a plain number. */
export interface Float {
  readonly float: number;
}

/** Of attributes that are texts. */
export interface Text {
  readonly text: string;
}

export type Attribute = number | readonly number[] | Float | Text;

export interface OnnxNode {
  /** The operator, such as `Conv`. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** TensorProto.DataType. */
export const dataTypes = { f32: 1, i32: 6, i64: 7, u32: 12 } as const;
export type DataType = keyof typeof dataTypes;

/** A named constant: a weight, or numbers of the graph's own. */
export interface Initializer {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array | BigInt64Array;
}

/** An input or output. A size that is a text is free: equal texts are equal sizes. */
export interface ValueInfo {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
  readonly input: ValueInfo;
  readonly output: ValueInfo;
}

export interface ModelHeader {
  /** Version of the operators. */
  readonly opset: number;
  /** Words for people. */
  readonly docString: string;
  /** Names and values for programs. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A protocol buffer's length is an int32. */
export const mostBytes = 2 ** 31 - 1;

/** The version of the file format (`ir_version`) that came with each version of the operators (onnx/helper.py). */
const irVersions: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11 };
const opsets = Object.keys(irVersions).map(Number);
/** The first and the last version of the operators that can be written. */
export const [firstOpset, lastOpset] = [Math.min(...opsets), Math.max(...opsets)];

/**
 * A graph as a file.
 * @throws RangeError if it is larger than a protocol buffer can be
 */
export function encodeModel(graph: OnnxGraph, header: ModelHeader): Uint8Array<ArrayBuffer> {
  const { opset, docString, metadata } = header;
  const model = [
    ...integer(1, irVersions[opset]), // ir_version
    ...text(2, 'glassbox'), // producer_name
    ...(docString === '' ? [] : text(6, docString)), // doc_string
    ...block(7, graphProto(graph)), // graph
    ...block(8, [...text(1, ''), ...integer(2, opset)]), // opset_import: domain, version
    ...Object.entries(metadata).flatMap(
      ([key, value]) => block(14, [...text(1, key), ...text(2, value)]), // metadata_props: key, value
    ),
  ];
  requireSize(byteLength(model));
  return joined(model);
}

/** @throws RangeError if a file of so many bytes cannot be a protocol buffer */
export function requireSize(bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new RangeError(
    `toOnnx: the model takes ${bytes} bytes, and an ONNX file can hold ${mostBytes} (2 GB) at most; ` +
      'export parts of the net, or save the weights with writeSafetensors',
  );
}

function graphProto({ name, nodes, initializers, input, output }: OnnxGraph): Pieces {
  return [
    ...nodes.flatMap((node) => block(1, nodeProto(node))),
    ...text(2, name),
    ...initializers.flatMap((initializer) => block(5, tensorProto(initializer))),
    ...block(11, valueInfoProto(input)),
    ...block(12, valueInfoProto(output)),
  ];
}

/** Outputs in front of the one that a node here stands for. */
const unread: Readonly<Record<string, readonly string[]>> = { TopK: ['values'] };

function nodeProto({ op, inputs, output, attributes }: OnnxNode): Pieces {
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...(unread[op] ?? []).flatMap((name) => text(2, `.${output}_${name}`)),
    ...text(2, output),
    ...text(3, output), // name
    ...text(4, op), // op_type
    ...Object.entries(attributes).flatMap(([name, value]) => block(5, attributeProto(name, value))),
  ];
}

/** With its type (20): 1 a float, 2 an integer, 3 a text, 7 integers. */
function attributeProto(name: string, value: Attribute): Pieces {
  if (typeof value === 'number') return [...text(1, name), ...integer(3, value), ...integer(20, 2)];
  if ('float' in value) return [...text(1, name), ...float(2, value.float), ...integer(20, 1)];
  if ('text' in value) return [...text(1, name), ...text(4, value.text), ...integer(20, 3)];
  return [...text(1, name), ...value.flatMap((one) => integer(8, one)), ...integer(20, 7)];
}

function tensorProto({ name, type, shape, data }: Initializer): Pieces {
  return [
    ...shape.flatMap((size) => integer(1, size)), // dims
    ...integer(2, dataTypes[type]), // data_type
    ...text(8, name),
    ...block(9, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]), // raw_data, little-endian
  ];
}

function valueInfoProto({ name, type, shape }: ValueInfo): Pieces {
  const sizes = shape.flatMap(
    (size) => block(1, typeof size === 'number' ? integer(1, size) : text(2, size)), // dim: dim_value or dim_param
  );
  const tensor = [...integer(1, dataTypes[type]), ...block(2, sizes)]; // elem_type, shape
  return [...text(1, name), ...block(2, block(1, tensor))]; // name, type: tensor_type
}
