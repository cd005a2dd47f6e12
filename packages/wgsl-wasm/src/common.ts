/**
 * The compiler that a runtime begins with (`runtime/compiler.ts`). Here it has all but the rare parts. In pages bundlers
 * put `dist/common/compile.js` in its place (`browser` in package.json), which `scripts/packages/common-compiler.ts`
 * makes: the same files, in which a call of `missing()` stands for all that no kernel of this project needs.
 */
export { compileKernel } from './compile.ts';
