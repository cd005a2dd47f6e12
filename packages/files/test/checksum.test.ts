import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scriptCrc32 } from '../src/checksum.ts';
import { crc32, crc32c } from '../src/index.ts';

const text = (value: string) => new TextEncoder().encode(value);

it.each([
  ['crc32', crc32],
  ['the script for browsers', scriptCrc32],
])('%s is what zlib computes, in one piece or several', (_, crc32) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), (a, b) => {
      expect(crc32(a)).toBe(zlibCrc32(a));
      expect(crc32(b, crc32(a))).toBe(zlibCrc32(Buffer.concat([a, b])));
    }),
  );
});

it('crc32c is what RFC 3720, appendix B.4, says', () => {
  expect(crc32c(text('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
});

it('crc32c of pieces is that of the whole, and the division of the polynomial bit by bit', () => {
  const slow = (bytes: Uint8Array) => {
    let rest = 0xffffffff;
    for (const byte of bytes)
      for (let bit = 0; bit < 8; bit++) {
        const odd = (rest ^ (byte >> bit)) & 1;
        rest = (rest >>> 1) ^ (odd ? 0x82f63b78 : 0);
      }
    return ~rest >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (bytes, cut) => {
      expect(crc32c(bytes)).toBe(slow(bytes));
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(slow(bytes));
    }),
  );
});
