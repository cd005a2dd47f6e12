import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { openError } from '@glassbox/files';
import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Hash of a file in hexadecimal, read in pieces so that its size does not matter. */
async function fileHash(algorithm: 'md5' | 'sha256', path: string): Promise<string> {
  const hash = createHash(algorithm);
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  } catch (cause) {
    throw openError(path, cause);
  }
  return hash.digest('hex');
}

/** MD5 of a file, as MedMNIST publishes it: against accidents, not against attackers. */
export function md5File(path: string): Promise<string> {
  return fileHash('md5', path);
}

/** SHA-256 of a file. */
export function sha256File(path: string): Promise<string> {
  return fileHash('sha256', path);
}

/** MD5 of bytes in memory, in hexadecimal. Browsers have it, too. */
export function md5Bytes(...pieces: readonly Uint8Array[]): string {
  const hash = md5.create();
  for (const piece of pieces) hash.update(piece);
  return bytesToHex(hash.digest());
}
