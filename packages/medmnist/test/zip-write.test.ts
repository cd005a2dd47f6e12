import { freemem } from 'node:os';
import { expect, it } from 'vitest';
import { writeZip } from '../src/zip-write.ts';

// Pages that are only read cost no memory, but an address space.
it.runIf(freemem() > 6 * 2 ** 30)(
  'the checksum of a member of more than 4 GiB counts all of it',
  async () => {
    const bytes = new Uint8Array(2 ** 32 + 8);
    const headers: Uint8Array[] = [];
    await writeZip([{ name: 'zeros', bytes }], false, (piece) => {
      if (piece.length < 1000) headers.push(piece);
    });
    const [local] = headers;
    // Python's zlib.crc32 says so of 2^32 + 8 zeros; of the last 8 alone it would be 0x6522df69.
    expect(new DataView(local.buffer, local.byteOffset).getUint32(14, true)).toBe(0xe60914ae);
  },
);
