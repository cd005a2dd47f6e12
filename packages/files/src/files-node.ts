/** What `byte-source.ts` needs of Node. In a file of its own, which `browser` in package.json leaves out of pages. */
export { open } from 'node:fs/promises';
