/** The ladders: runs in Node and in a page. */
export { climbLadder } from './climb.ts';
export { conv2dLadder, type Ladder, matmulLadder } from './ladders.ts';
export { type LadderResult, ladderColumns } from './table.ts';
export type { LadderVersion } from './version.ts';
