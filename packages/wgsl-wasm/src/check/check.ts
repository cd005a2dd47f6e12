/** The front end's two entries: `checkProgram` for compiling, `checkModule` for validity alone. */
import { anything, checkOptions, flag, type OptionTable } from '@glassbox/options';
import type { ConstAssert, Directive, Module } from '../syntax/ast.ts';
import { type Diagnostic, WgslError } from '../syntax/diagnostics.ts';
import { parseModule } from '../syntax/parser.ts';
import { checkAliasing } from './aliasing.ts';
import { checkRuleName, checkSeverity } from './attributes.ts';
import { type CheckOptions, Context } from './context.ts';
import { checkDistinctInputs, makeEntryPoint } from './entry-points.ts';
import { ensureBody } from './functions.ts';
import { resolveGlobal } from './module.ts';
import type { CheckedProgram, EntryPoint } from './program.ts';
import { checkConstAssert } from './statements.ts';
import { checkUniformity } from './uniformity.ts';

export type { CheckOptions } from './context.ts';

const optionNames: OptionTable<CheckOptions> = { overrides: anything, portableUniformLayout: flag };

/**
 * Parses and checks a WGSL module and gives the overrides their values: the input of the back end.
 * @throws WgslError with line, column and caret: of kind `syntax` or `type` for text that is not valid WGSL,
 *   `override` when the given values make it invalid (or an override without default is used and has none), `subset`
 *   for what is not translated.
 */
export function checkProgram(source: string, options: CheckOptions = {}): CheckedProgram {
  checkOptions('checkProgram', options, optionNames);
  return check(source, options, true);
}

/**
 * Checks a module as `createShaderModule` does, when overrides have no values yet. The result is good for reflection
 * (entry points, bindings), not for lowering.
 * @throws WgslError as `checkProgram`, never of kind `override`.
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
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof WgslError)) throw error;
      if (!seen.has(error)) diagnostics.push(...error.diagnostics);
      seen.add(error);
    }
  };
  attempt(() => checkDirectives(ctx, module.directives));
  attempt(() => collectGlobals(ctx, module));
  if (diagnostics.length === 0) {
    for (const entry of ctx.globals.values()) {
      attempt(() => {
        const entity = resolveGlobal(ctx, entry, entry.declaration.name);
        if (entity.kind === 'function') ensureBody(ctx, entity, entry.declaration.name);
      });
    }
    const asserts = module.declarations.filter((d): d is ConstAssert => d.kind === 'constAssert');
    for (const assertion of asserts) attempt(() => checkConstAssert(ctx, assertion));
  }
  if (diagnostics.length > 0) throw new WgslError(source, diagnostics);
  checkOverrideKeys(ctx);
  const entryPoints = ctx.functionEntities
    .filter((entity) => entity.isEntryPoint)
    .map((entity): EntryPoint => {
      const entry = makeEntryPoint(ctx, entity);
      checkDistinctInputs(ctx, entity, entry);
      return entry;
    });
  const reached = new Set(entryPoints.flatMap((entry) => entry.functions));
  const fromOverrides = [...reached].flatMap((f) => ctx.overrideErrors.get(f) ?? []);
  if (fromOverrides.length > 0) throw new WgslError(source, fromOverrides);
  checkAliasing(ctx);
  checkUniformity(ctx, entryPoints);
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

/** Language features that are part of the subset, so that a module may require them. */
export const FEATURES: ReadonlySet<string> = new Set([
  'packed_4x8_integer_dot_product',
  'pointer_composite_access',
  'swizzle_assignment',
  'uniform_buffer_standard_layout',
  'unrestricted_pointer_parameters',
]);
const OTHER_FEATURES = new Set([
  'buffer_view',
  'chromium_print',
  'fragment_depth',
  'immediate_address_space',
  'linear_indexing',
  'readonly_and_readwrite_storage_textures',
  'sized_binding_array',
  'subgroup_id',
  'subgroup_uniformity',
  'texel_buffers',
  'texture_and_sampler_let',
  'texture_formats_tier1',
]);
const EXTENSIONS =
  /^(f16|clip_distances|dual_source_blending|subgroups|primitive_index|draw_index|subgroup_size_control|chromium_.*)$/;

function checkDirectives(ctx: Context, directives: readonly Directive[]): void {
  const severities = new Map<string, string>();
  for (const directive of directives) {
    if (directive.keyword !== 'diagnostic') {
      checkFeatures(ctx, directive);
      continue;
    }
    const [severity, rule] = directive.names;
    checkSeverity(ctx, { ...severity, kind: 'identifier', templateArgs: null }, severity.name);
    checkRuleName(ctx, rule, rule.name);
    const before = severities.get(rule.name);
    if (before !== undefined && before !== severity.name) {
      ctx.fail(
        directive,
        `conflicting severities for the diagnostic rule '${rule.name}': '${before}' before`,
      );
    }
    severities.set(rule.name, severity.name);
  }
}

function checkFeatures(ctx: Context, { keyword, names }: Directive): void {
  for (const name of names) {
    if (keyword === 'enable') {
      if (EXTENSIONS.test(name.name)) ctx.unsupported(name, `the extension '${name.name}' is`);
      ctx.fail(name, `unknown extension '${name.name}'`);
    }
    if (FEATURES.has(name.name)) continue;
    if (OTHER_FEATURES.has(name.name)) ctx.unsupported(name, `the language feature '${name.name}' is`);
    ctx.fail(name, `unknown language feature '${name.name}'`);
  }
}

/** Every given override value must belong to an override, as WebGPU wants it for pipeline constants. */
function checkOverrideKeys(ctx: Context): void {
  const known = ctx.overrides.map((o) => (o.id === null ? o.name : String(o.id)));
  for (const key of Object.keys(ctx.options.overrides ?? {})) {
    if (known.includes(key)) continue;
    const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
    ctx.fail(
      { start: 0, end: 1 },
      `the program has no override '${key}' to give a value to; ${list}`,
      'override',
    );
  }
}
