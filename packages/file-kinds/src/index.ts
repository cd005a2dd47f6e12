/**
 * What kind of file bytes are, by their first and last ones; for the errors of readers that were given another kind.
 */
export { type FileKind, fileKind, tailBytes } from './kinds.ts';
export { mistakenFor, type WantedKind } from './mistaken.ts';
