/** The numbers of ../fixtures/long_sums.py: the same in both languages, to the last bit. */

export type Kind = 'tenth' | 'uniform' | 'signed' | 'offset' | 'far' | 'spike';

const kinds: Record<Kind, (u: number, index: number) => number> = {
  tenth: () => 0.1,
  uniform: (u) => u,
  signed: (u) => 2 * u - 1,
  offset: (u) => 1000 + u,
  far: (u) => 1e6 + Math.floor(8 * u),
  spike: (u, index) => (index === 0 ? 1e4 : u),
};

let last: { readonly key: string; readonly data: Float32Array } | undefined;

/**
 * `count` elements of tensor number `number`. The last ones are kept: cases that follow each other often share them.
 */
export function elements(kind: Kind, count: number, number = 0): Float32Array {
  const key = `${kind} ${count} ${number}`;
  if (last?.key === key) return last.data;
  const f = kinds[kind];
  const start = Math.imul(number, 0x9e3779b9);
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (i + start) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    data[i] = f((h >>> 8) * 2 ** -24, i);
  }
  last = { key, data };
  return data;
}
