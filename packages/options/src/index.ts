/** Objects of options, held to the names and kinds of values that they may have: types are gone when a file runs. */
export { checkOptions, checkValue } from './check.ts';
export {
  anything,
  atLeast0,
  atLeast1,
  callback,
  divisor,
  flag,
  instance,
  type Kind,
  list,
  number,
  type OptionTable,
  oneOf,
  oneOrMore,
  orNull,
  pair,
  positive,
  type RequiredKind,
  required,
  share,
  table,
  text,
  whole,
} from './kinds.ts';
export { refuseOtherNames } from './other-names.ts';
export type { PlatformType } from './platform-type.ts';
export { nearest, show } from './words.ts';
