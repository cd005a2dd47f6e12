/**
 * The checked program: what `checkProgram` returns and the back end lowers.
 *
 * Compared with the syntax tree:
 * - every expression carries its concrete type; abstract numbers are gone, their conversions applied;
 * - const-expressions and override-expressions are folded to `constant` nodes (the overrides have their values by
 *   then);
 * - identifiers are links to declarations (objects; compare with `===`);
 * - memory is explicit: a `Place` names memory, `load` reads it (WGSL's load rule), `addressOf` makes a pointer of it;
 * - binary operands have the same type (a scalar beside a vector is wrapped in `splat`), except for shifts;
 * - `const` declarations, aliases, `const_assert` and `else if` are gone; `++`, `--` are compound assignments with
 *   the constant 1;
 * - the program is valid WGSL inside the subset: the back end needs no further checks.
 *
 * Every node has `pos`, an offset into `CheckedProgram.source` (`lineAndColumn` in `syntax/diagnostics.ts` turns it
 * into a line and a column), so that a trap can name its place.
 */
export type * from './program/builtin-names.ts';
export type * from './program/declarations.ts';
export type * from './program/expressions.ts';
export type * from './program/places.ts';
export type * from './program/statements.ts';
