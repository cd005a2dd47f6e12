/** The front end's two entries: `checkProgram` for compiling, `checkModule` for validity alone. */
import { anything, checkOptions, flag, list, type OptionTable, text } from '@glassbox/options';
import { rare } from '../rare.ts';
import type { ConstAssert, Module } from '../syntax/ast.ts';
import { type Diagnostic, WgslError } from '../syntax/diagnostics.ts';
import { parseModule } from '../syntax/parser.ts';
import { Context } from './context.ts';
import { checkDistinctInputs, makeEntryPoint, reachableFunctions } from './entry-points.ts';
import { ensureBody } from './functions.ts';
import { resolveGlobal } from './module.ts';
import type { CheckOptions } from './options.ts';
import type { CheckedProgram, EntryPoint } from './program.ts';

export type { CheckOptions } from './options.ts';

const optionNames: OptionTable<CheckOptions> = {
  overrides: anything,
  portableUniformLayout: flag,
  entryPoint: text,
  extensions: list(text),
};

/**
 * `checkProgram` of `complete.ts`.
 * @throws RarePartsMissing if it needs some of them and they are not loaded
 * @internal
 */
export function checkProgram(source: string, options: CheckOptions = {}): CheckedProgram {
  checkOptions('checkProgram', options, optionNames);
  return check(source, options, true);
}

/**
 * `checkModule` of `complete.ts`.
 * @throws RarePartsMissing if it needs some of them and they are not loaded
 * @internal
 */
export function checkModule(source: string, options: Omit<CheckOptions, 'overrides'> = {}): CheckedProgram {
  return check(source, options, false);
}

function check(source: string, options: CheckOptions, resolve: boolean): CheckedProgram {
  const module = parseModule(source);
  const ctx = new Context(module, options, resolve);
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<unknown>();
  /** One failure per declaration is reported; a failure met again through a use of it counts once. */
  const attempt = (action: () => void, final = false): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof WgslError)) throw error;
      if (error.kind === 'override' && options.entryPoint !== undefined && !final) return;
      if (!seen.has(error)) diagnostics.push(...error.diagnostics);
      seen.add(error);
    }
  };
  if (module.directives.length > 0) attempt(() => rare().checkDirectives(ctx, module.directives));
  attempt(() => collectGlobals(ctx, module));
  if (diagnostics.length === 0) {
    for (const entry of ctx.globals.values()) {
      attempt(() => {
        const entity = resolveGlobal(ctx, entry, entry.declaration.name);
        if (entity.kind === 'function') ensureBody(ctx, entity, entry.declaration.name);
      });
    }
    const asserts = module.declarations.filter((d): d is ConstAssert => d.kind === 'constAssert');
    for (const assertion of asserts) attempt(() => rare().checkConstAssert(ctx, assertion));
  }
  const counts = ctx.functionEntities.filter(
    ({ stage, checked }) => stage === 'compute' && checked.name === (options.entryPoint ?? checked.name),
  );
  for (const entity of counts) attempt(() => ensureBody(ctx, entity, entity.declaration.name), true);
  if (diagnostics.length > 0) throw new WgslError(source, diagnostics);
  if (ctx.hasViews) rare().checkViews(ctx);
  for (const entity of ctx.functionEntities) {
    if (!entity.stage || entity.stage === 'compute') continue;
    rare().checkStage(ctx, entity, reachableFunctions(entity.checked));
  }
  if (options.overrides) rare().checkOverrideKeys(ctx);
  const entryPoints = counts.map((entity): EntryPoint => {
    const entry = makeEntryPoint(ctx, entity);
    checkDistinctInputs(ctx, entity, entry);
    return entry;
  });
  const reached = new Set(entryPoints.flatMap((entry) => entry.functions));
  const untranslated = resolve && [...reached].map((f) => ctx.untranslated.get(f)).find(Boolean);
  if (untranslated) throw new WgslError(source, [untranslated]);
  const fromOverrides = [...reached].flatMap((f) => ctx.overrideErrors.get(f) ?? []);
  if (fromOverrides.length > 0) throw new WgslError(source, fromOverrides);
  if (ctx.functions.some((f) => f.parameters.some((p) => p.type.kind === 'pointer')))
    rare().checkAliasing(ctx);
  if (ctx.needsUniformity || ctx.functions.some((f) => f.hasBarrier))
    rare().checkUniformity(ctx, entryPoints);
  const { functions, structs, variables, overrides, warnings } = ctx;
  return { source, entryPoints, functions, structs, variables, overrides, warnings };
}

function collectGlobals(ctx: Context, module: Module): void {
  for (const declaration of module.declarations) {
    if (declaration.kind === 'constAssert') continue;
    const { name } = declaration;
    if (ctx.globals.has(name.name)) ctx.fail(name, `'${name.name}' is already declared`);
    ctx.globals.set(name.name, { declaration, state: 'new', entity: null, error: null });
  }
}
