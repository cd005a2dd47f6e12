/** Directives (`enable`, `requires`, `diagnostic`) and the attribute `@diagnostic`. */
import type { Attribute, Directive, Expression, Span } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { FEATURES } from './language-features.ts';

const OTHER_FEATURES = new Set([
  'chromium_print',
  'fragment_depth',
  'sized_binding_array',
  'subgroup_uniformity',
  'texel_buffers',
  'texture_formats_tier1',
]);

const EXTENSIONS =
  /^(f16|clip_distances|dual_source_blending|subgroups|primitive_index|draw_index|subgroup_size_control|chromium_.*)$/;

export function checkDirectives(ctx: Context, directives: readonly Directive[]): void {
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
    ctx.severities.set(rule.name, severity.name);
  }
}

function checkFeatures(ctx: Context, { keyword, names }: Directive): void {
  for (const name of names) {
    if (keyword === 'enable') {
      if (!EXTENSIONS.test(name.name)) ctx.fail(name, `unknown extension '${name.name}'`);
      const { extensions } = ctx.options;
      if (extensions && !extensions.includes(name.name)) {
        ctx.fail(name, `the extension '${name.name}' is not enabled for this device`);
      }
      // What it adds is refused where it is used, unless it is here.
      ctx.enabled.add(name.name);
      continue;
    }
    if (FEATURES.has(name.name)) continue;
    if (OTHER_FEATURES.has(name.name)) ctx.unsupported(name, `the language feature '${name.name}' is`);
    ctx.fail(name, `unknown language feature '${name.name}'`);
  }
}

const SEVERITIES = ['off', 'info', 'warning', 'error'];

/** The name of a rule as written: `rule` or `vendor.rule`. */
function ruleName(expression: Expression): string | null {
  if (expression.kind === 'identifier' && !expression.templateArgs) return expression.name;
  if (expression.kind !== 'member') return null;
  const first = ruleName(expression.base);
  return first && !first.includes('.') ? `${first}.${expression.member.name}` : null;
}

function checkSeverity(ctx: Context, span: Expression | Attribute, severity: string | null): void {
  if (!severity || !SEVERITIES.includes(severity)) {
    ctx.fail(span, `expected a severity (${SEVERITIES.join(', ')})`);
  }
}

/** The rules of the specification; implementations may have others, with a dot in their names. */
const RULES = ['derivative_uniformity', 'subgroup_uniformity'];

/** Warns of a rule that nobody knows, as the specification asks. */
function checkRuleName(ctx: Context, span: Span, name: string): void {
  if (name.includes('.') || RULES.includes(name)) return;
  ctx.warn(span, `unknown diagnostic rule '${name}'; there are ${RULES.join(' and ')}`);
}

export function checkDiagnosticControl(ctx: Context, all: readonly Attribute[], attribute: Attribute): void {
  const [severity, rule] = attribute.args as Expression[];
  checkSeverity(ctx, severity, severity.kind === 'identifier' ? severity.name : null);
  const name = ruleName(rule);
  if (!name) ctx.fail(rule, 'expected the name of a diagnostic rule');
  checkRuleName(ctx, rule, name);
  for (const other of all) {
    if (other === attribute) break;
    if (other.name !== 'diagnostic' || other.args?.length !== 2 || ruleName(other.args[1]) !== name) continue;
    const [before] = other.args;
    const same =
      before.kind === 'identifier' && severity.kind === 'identifier' && before.name === severity.name;
    ctx.fail(attribute, `${same ? 'duplicate' : 'conflicting'} '@diagnostic' for the rule '${name}'`);
  }
}
