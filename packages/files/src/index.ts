/**
 * What readers and writers of files share: bytes that can be read at any offset, zip archives that are checked before
 * they are believed, checksums, floats of 16 and 8 bits, and protocol buffers. Runs in browsers too; only `fileSource`
 * needs Node.
 */
export {
  type ByteSource,
  bytesSource,
  fileSource,
  handleSource,
  mistakenFile,
  mistakenSource,
  npzFormat,
  type OpenHandle,
  openError,
  type SourceFormat,
} from './byte-source.ts';
export { crc32, crc32c } from './checksum.ts';
export { DataError, formatBytes, quoteName } from './errors.ts';
/** Fields of protocol buffers, which become messages. */
export * as protobuf from './protobuf.ts';
export {
  type SmallFloat,
  smallFloatBits,
  smallFloats,
  smallFloatTable,
  smallFloatValue,
} from './small-floats.ts';
export { writeError } from './write-error.ts';
export { defaultZipLimits, readZipDirectory, type ZipLimits, type ZipMember } from './zip-directory.ts';
export { type Inflater, readZipMember, readZipMemberStart, streamZipMember } from './zip-member.ts';
export { climbsOut } from './zip-names.ts';
