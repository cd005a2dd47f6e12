/** Reads what is in an ONNX file, by field numbers: nothing here comes from the code that writes it. */

type Field = readonly [number: number, value: number | Uint8Array];

/** The fields of one message: numbers, or bytes. */
function fields(bytes: Uint8Array): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key % 8;
    if (kind === 0) found.push([key >> 3, varint()]);
    else if (kind === 5) {
      found.push([key >> 3, new DataView(bytes.buffer, bytes.byteOffset + at).getFloat32(0, true)]);
      at += 4;
    } else if (kind === 2) {
      const size = varint();
      found.push([key >> 3, bytes.subarray(at, at + size)]);
      at += size;
    } else throw new Error(`wire type ${kind}`);
  }
  if (at !== bytes.length) throw new Error(`a message ends at ${at}, not at ${bytes.length}`);
  return found;
}

const all = <T extends number | Uint8Array>(bytes: Uint8Array, field: number) =>
  fields(bytes).flatMap(([number, value]) => (number === field ? [value as T] : []));
const texts = (bytes: Uint8Array, field: number) =>
  all<Uint8Array>(bytes, field).map((value) => new TextDecoder().decode(value));

function shapeOf(info: Uint8Array): (number | string)[] {
  const [tensor] = all<Uint8Array>(all<Uint8Array>(info, 2)[0], 1);
  return all<Uint8Array>(all<Uint8Array>(tensor, 2)[0], 1).map(
    (size) => texts(size, 2)[0] ?? all<number>(size, 1)[0],
  );
}

export interface ReadModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly docString: string | undefined;
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string;
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
  }[];
  /** Number of bytes by name. */
  readonly initializers: ReadonlyMap<string, number>;
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly output: { readonly name: string; readonly shape: readonly (number | string)[] };
}

export function readModel(model: Uint8Array): ReadModel {
  const [graph] = all<Uint8Array>(model, 7);
  const [opset] = all<Uint8Array>(model, 8);
  const [input, output] = [11, 12].map((field) => {
    const [info] = all<Uint8Array>(graph, field);
    return { name: texts(info, 1)[0], shape: shapeOf(info) };
  });
  return {
    irVersion: all<number>(model, 1)[0],
    producer: texts(model, 2)[0],
    docString: texts(model, 6)[0],
    opset: all<number>(opset, 2)[0],
    metadata: Object.fromEntries(
      all<Uint8Array>(model, 14).map((entry) => [texts(entry, 1)[0], texts(entry, 2)[0]]),
    ),
    name: texts(graph, 2)[0],
    nodes: all<Uint8Array>(graph, 1).map((node) => ({
      op: texts(node, 4)[0],
      inputs: texts(node, 1),
      outputs: texts(node, 2),
    })),
    initializers: new Map(
      all<Uint8Array>(graph, 5).map((tensor) => [
        texts(tensor, 8)[0],
        all<Uint8Array>(tensor, 9)[0].byteLength,
      ]),
    ),
    input,
    output,
  };
}
