/** Members of zips, deflated ones included. */
import {
  type ByteSource,
  type Inflater,
  readZipMember as read,
  readZipMemberStart as readStart,
  type ZipMember,
} from '@glassbox/files';
import { Inflate } from 'fflate';

const inflater: Inflater = (sink) => new Inflate(sink);

/** What unpacks whole members: of files, Node's zlib, which pages do not have. */
export async function inflaterOf(isFile: boolean): Promise<Inflater> {
  return isFile ? (await import('./inflate-node.ts')).nodeInflater : inflater;
}

/** Unpacks a whole member, checking its length and CRC-32. */
export const readZipMember = (
  source: ByteSource,
  member: ZipMember,
  how = inflater,
): Promise<Uint8Array<ArrayBuffer>> => read(source, member, how);

/** The first `length` bytes of a member (fewer if it is shorter), without unpacking the rest. */
export const readZipMemberStart = (
  source: ByteSource,
  member: ZipMember,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> => readStart(source, member, length, inflater);
