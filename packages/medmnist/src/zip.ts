/** Reading zip files: the checked directory and the unpacking of single members. */
export { defaultZipLimits, readZipDirectory, type ZipLimits, type ZipMember } from './zip-directory.ts';
export { readZipMember, readZipMemberStart } from './zip-member.ts';
export { writeZip, type ZipInput } from './zip-write.ts';
