/** A kernel of somebody's own against one of the project: runs in Node and in a page. */
export { kernelEntries } from '@glassbox/experiments/kernels';
export { deviceTitle } from '../device-title.ts';
export { measureRoofline, type Roofline, roof } from '../kernels/roofline.ts';
export { markdownTable } from '../output/table.ts';
export { type Wrong, wrongText } from './bound-example.ts';
export { type Checked, checkBoth, compareInTurns, type KernelComparison, type Side } from './compare.ts';
export { type Grid, type OwnKernel, OwnKernelError, ownKernel } from './own-kernel.ts';
export { comparisonMarkdown, placeText, speedupText } from './report.ts';
export { type Subject, subjectOf, subjectTitle, type Wanted } from './subject.ts';
