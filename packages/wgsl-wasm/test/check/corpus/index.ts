/**
 * Hand-written programs, one rule of the language each, by subject. Each list says what is expected; Tint is asked as
 * well, so that a wrong expectation fails too.
 */

import { access } from './access.ts';
import { aliasing } from './aliasing.ts';
import { attributes } from './attributes.ts';
import { buffers } from './buffers.ts';
import { builtins } from './builtins.ts';
import { constructors } from './constructors.ts';
import { declarations } from './declarations.ts';
import { half } from './half.ts';
import { immediates } from './immediates.ts';
import { literals } from './literals.ts';
import { matrices } from './matrices.ts';
import { modules } from './modules.ts';
import { operators } from './operators.ts';
import { overrides } from './overrides.ts';
import { stages } from './stages.ts';
import { statements } from './statements.ts';
import { structures } from './structures.ts';
import { subgroups } from './subgroups.ts';
import { textures } from './textures.ts';
import { uniformity } from './uniformity.ts';
import { variables } from './variables.ts';

export interface Corpus {
  readonly subject: string;
  /** Statements for the body of a compute entry point. */
  readonly bodies?: Verdicts;
  /** Whole modules. */
  readonly modules?: Verdicts;
}

interface Verdicts {
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

export const CORPORA: readonly Corpus[] = [
  operators,
  attributes,
  subgroups,
  uniformity,
  aliasing,
  stages,
  statements,
  literals,
  declarations,
  constructors,
  half,
  buffers,
  immediates,
  access,
  builtins,
  structures,
  textures,
  matrices,
  modules,
  variables,
  overrides,
];

/** The module that a body stands for. */
export const wrapBody = (body: string): string => `@compute @workgroup_size(1) fn main() { ${body} }`;
