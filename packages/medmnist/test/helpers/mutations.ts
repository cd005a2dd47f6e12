import fc from 'fast-check';

/** Bytes that a mutation may change. */
export type Bytes = Uint8Array<ArrayBuffer>;
/** Changes a file's bytes, in place or not. */
export type Mutation = (bytes: Bytes) => Bytes;
/** A place in a file of any length. */
export const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** The byte at a place. */
export const at = (bytes: Uint8Array, where: number) => Math.floor(where * bytes.length);

/** What breaks files: flipped bits, wild bytes and fields, pieces lost, doubled, moved or inserted. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, fc.nat(7)).map(([where, bit]) => (bytes: Bytes) => {
    bytes[at(bytes, where)] ^= 1 << bit;
    return bytes;
  }),
  fc.tuple(position, fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 1, max: 8 })).map(
    ([where, value, length]) =>
      (bytes: Bytes) =>
        bytes.fill(value, at(bytes, where), at(bytes, where) + length),
  ),
  position.map((where) => (bytes: Bytes) => bytes.slice(0, at(bytes, where))),
  fc.tuple(position, position).map(([a, b]) => (bytes: Bytes) => {
    const [from, to] = [at(bytes, Math.min(a, b)), at(bytes, Math.max(a, b))];
    return new Uint8Array([...bytes.subarray(0, from), ...bytes.subarray(to)]);
  }),
  fc.tuple(position, position, position).map(([a, b, c]) => (bytes: Bytes) => {
    const piece = bytes.slice(at(bytes, Math.min(a, b)), at(bytes, Math.max(a, b)));
    const to = at(bytes, c);
    return new Uint8Array([...bytes.subarray(0, to), ...piece, ...bytes.subarray(to)]);
  }),
  fc.tuple(position, fc.uint8Array({ maxLength: 20 })).map(([where, piece]) => (bytes: Bytes) => {
    const to = at(bytes, where);
    return new Uint8Array([...bytes.subarray(0, to), ...piece, ...bytes.subarray(to)]);
  }),
);

/** A copy with every mutation done, one after another. */
export function mutated(file: Uint8Array, mutations: readonly Mutation[]): Bytes {
  let bytes: Bytes = new Uint8Array(file);
  for (const mutate of mutations) if (bytes.length > 0) bytes = mutate(bytes);
  return bytes;
}
