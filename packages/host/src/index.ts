/**
 * What programs ask of the machine that they run on: files that are written whole, a line of the terminal. (Command
 * lines are `@glassbox/host/command-line`, which browsers cannot load.) Knows nothing else.
 */
export { bar, type ProgressStream, StatusLine } from './status-line.ts';
export {
  type Fill,
  isAside,
  type OpenFile,
  readWholeFile,
  syncFolder,
  type WritePiece,
  writeAll,
  writeWholeFile,
} from './whole-file.ts';
