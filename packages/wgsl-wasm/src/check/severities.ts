/** How severe it is to break a rule that `diagnostic` controls, at the place that is being checked. */
import type { Attribute, Expression } from '../syntax/ast.ts';
import type { Context } from './context.ts';

/** Runs a check in which the `@diagnostic` attributes hold. */
export function withSeverities<T>(ctx: Context, attributes: readonly Attribute[], check: () => T): T {
  if (!attributes.some(({ name }) => name === 'diagnostic')) return check();
  const before = ctx.severities;
  ctx.severities = new Map(before);
  for (const { name, args } of attributes) {
    if (name !== 'diagnostic') continue;
    const [severity, rule] = (args ?? []) as Expression[];
    if (severity?.kind === 'identifier' && rule?.kind === 'identifier')
      ctx.severities.set(rule.name, severity.name);
  }
  try {
    return check();
  } finally {
    ctx.severities = before;
  }
}
