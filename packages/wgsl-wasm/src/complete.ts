/** The compiler with all of its parts (`rare.ts`), for who calls it directly. */
import * as check from './check/check.ts';
import type { CheckedProgram } from './check/program.ts';
import * as compiler from './compile.ts';
import { useRareParts } from './rare.ts';
import * as parts from './rare-parts.ts';

/**
 * Parses and checks a WGSL module and gives the overrides their values: the input of the back end.
 * @throws WgslError with line, column and caret: of kind `syntax` or `type` for text that is not valid WGSL,
 *   `override` when the given values make it invalid (or an override without default is used and has none), `subset`
 *   for what is not translated.
 */
export function checkProgram(source: string, options: check.CheckOptions = {}): CheckedProgram {
  useRareParts(parts);
  return check.checkProgram(source, options);
}

/**
 * Checks a module as `createShaderModule` does, when overrides have no values yet. The result is good for reflection
 * (entry points, bindings), not for lowering.
 * @throws WgslError as `checkProgram`, never of kind `override`.
 */
export function checkModule(
  source: string,
  options: Omit<check.CheckOptions, 'overrides'> = {},
): CheckedProgram {
  useRareParts(parts);
  return check.checkModule(source, options);
}

/**
 * Compiles the entry point of a WGSL module.
 * @throws if the text is not valid WGSL, or uses something that is not supported; the message names the line and
 *   column.
 */
export function compileKernel(wgsl: string, options: compiler.CompileOptions = {}): compiler.CompiledKernel {
  useRareParts(parts);
  return compiler.compileKernel(wgsl, options);
}
