import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/**
 * Event files read by other means than those that write them: protobufjs with TensorBoard's definition, and CRC-32C as
 * a division of polynomials, bit by bit.
 */

const root = protobuf.loadSync(join(import.meta.dirname, 'events.proto'));
const Event = root.lookupType('Event');

export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion: string;
  summary?: {
    value: {
      tag: string;
      simpleValue: number;
      image?: { width: number; height: number; colorspace: number; encodedImageString: Uint8Array };
      histo?: {
        min: number;
        max: number;
        num: number;
        sum: number;
        sumSquares: number;
        bucketLimit: number[];
        bucket: number[];
      };
    }[];
  };
}

/** All events of a run's folder. @throws Error if a record is cut off or its checksums are wrong. */
export function readEvents(folder: string): ReadEvent[] {
  return readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
    .flatMap((name) => parseEvents(readFileSync(join(folder, name))));
}

export function parseEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    if (at + 16 + length > file.length) throw new Error(`the record at byte ${at} is cut off`);
    const content = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 8) !== checksum(file.subarray(at, at + 8)))
      throw new Error(`length at byte ${at}`);
    if (file.readUInt32LE(at + 12 + length) !== checksum(content)) throw new Error(`content at byte ${at}`);
    events.push(Event.toObject(Event.decode(content), { longs: Number }) as ReadEvent);
    at += 16 + length;
  }
  return events;
}

/** Steps with their scalars, in the file's order. */
export const scalarsOf = (folder: string) =>
  readEvents(folder)
    .filter(({ summary }) => summary)
    .map(({ step, summary }) => ({
      step,
      ...Object.fromEntries(summary!.value.map(({ tag, simpleValue }) => [tag, simpleValue])),
    }));

function checksum(bytes: Uint8Array): number {
  let rest = 0xffffffffn;
  for (const byte of bytes) {
    rest ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) rest = rest & 1n ? (rest >> 1n) ^ 0x82f63b78n : rest >> 1n;
  }
  const crc = rest ^ 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}
