/**
 * Protocol buffers (https://protobuf.dev/programming-guides/encoding), as far as ONNX and TensorBoard need them: a
 * message is a list of fields, each with its number and its kind. What is written here is kept in pieces, and joined
 * once: weights are copied once, however deep they lie.
 */

/** A message, or a part of one: bytes in pieces. */
export type Pieces = readonly Uint8Array[];

/** A variable-length integer of 64 bits: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const bytes = (numbers: readonly number[]): Uint8Array => Uint8Array.from(numbers);

/** A field that holds a whole number. */
export function integer(field: number, value: number): Pieces {
  return [bytes([...varint(field * 8), ...varint(value)])];
}

/** A field that holds a float32. */
export function float(field: number, value: number): Pieces {
  return [bytes(varint(field * 8 + 5)), new Uint8Array(Float32Array.of(value).buffer)];
}

/** A field that holds a float64. */
export function double(field: number, value: number): Pieces {
  return [bytes(varint(field * 8 + 1)), new Uint8Array(Float64Array.of(value).buffer)];
}

/** A field that holds many float64. */
export function doubles(field: number, values: ArrayLike<number>): Pieces {
  return block(field, [new Uint8Array(Float64Array.from(values).buffer)]);
}

/** A field that holds bytes or another message. */
export function block(field: number, content: Pieces): Pieces {
  return [bytes([...varint(field * 8 + 2), ...varint(byteLength(content))]), ...content];
}

/** A field that holds text. */
export function text(field: number, value: string): Pieces {
  return block(field, [new TextEncoder().encode(value)]);
}

/** How many bytes they are. */
export function byteLength(pieces: Pieces): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** All of them as one. */
export function joined(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(byteLength(pieces));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
