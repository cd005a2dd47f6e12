/** What `whole-file.ts` needs of Node. In a file of its own, which `browser` in package.json leaves out of pages. */
export { open, readFile, rename, rm } from 'node:fs/promises';
export { dirname } from 'node:path';
