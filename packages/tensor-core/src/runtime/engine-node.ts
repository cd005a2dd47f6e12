/** What `garbage.ts` needs of Node. In a file of its own, which `browser` in package.json leaves out of pages. */
export { setFlagsFromString } from 'node:v8';
export { runInNewContext } from 'node:vm';
