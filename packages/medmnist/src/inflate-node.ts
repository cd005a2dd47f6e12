/**
 * What reading of files needs of Node: zlib, which inflates several times as fast as a script, and beside it. In a file
 * of its own, which `browser` in package.json leaves out of pages.
 */
import { finished } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import type { Inflater } from '@glassbox/files';

/** Bytes that are unpacked at a time. */
const chunkSize = 1 << 18;

/** Inflates on a thread of Node's. */
export const nodeInflater: Inflater = (sink) => {
  const stream = createInflateRaw({ chunkSize });
  const all = finished(stream);
  all.catch(() => {}); // thrown where it is awaited, below
  stream.on('data', (piece: Uint8Array) => {
    try {
      sink(piece);
    } catch (error) {
      stream.destroy(error as Error);
    }
  });
  return {
    most: Number.POSITIVE_INFINITY,
    async push(piece, last) {
      if (last) {
        stream.end(piece);
        return all;
      }
      const written = new Promise<void>((done) => {
        stream.write(piece, () => done());
      });
      // A stream that has failed calls nobody back.
      await Promise.race([written, all]);
    },
  };
};
