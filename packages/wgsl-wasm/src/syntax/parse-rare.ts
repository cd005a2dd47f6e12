/** Directives, and statements that few kernels have: `switch`, `loop`, `const_assert`. */
import type {
  Attribute,
  CompoundStatement,
  ConstAssert,
  Directive,
  Expression,
  LoopStatement,
  Name,
  Statement,
  SwitchClause,
  SwitchStatement,
} from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { parseAttributes, parseCompound, parseStatementInto } from './parse-statement.ts';
import { commaList, type TokenStream } from './token-stream.ts';

export function parseDirective(stream: TokenStream, keyword: Directive['keyword']): Directive {
  const start = stream.advance().start;
  let names: Name[];
  if (keyword === 'diagnostic') {
    stream.expect('(', "after 'diagnostic'");
    names = [stream.name('a severity')];
    stream.expect(',', 'after the severity');
    const rule = stream.name('the name of a diagnostic rule');
    const part = stream.accept('.') ? stream.name('the second part of the rule') : null;
    names.push(part ? { name: `${rule.name}.${part.name}`, start: rule.start, end: part.end } : rule);
    stream.accept(',');
    stream.expect(')', 'after the diagnostic rule');
  } else {
    names = commaList(stream, ';', () =>
      stream.name(`the name of a feature to ${keyword.replace(/s$/, '')}`),
    );
    if (names.length === 0) stream.unexpected(`expected a name after '${keyword}'`);
  }
  const end = stream.expect(';', 'after the directive').end;
  return { kind: 'directive', keyword, names, start, end };
}

export function parseConstAssert(stream: TokenStream): ConstAssert {
  const start = stream.advance().start;
  const condition = parseExpression(stream);
  return { kind: 'constAssert', condition, start, end: stream.previousEnd };
}

export function parseSwitch(stream: TokenStream, attributes: Attribute[]): SwitchStatement {
  const start = stream.advance().start;
  const selector = parseExpression(stream);
  const bodyAttributes = parseAttributes(stream);
  stream.expect('{', 'after the selector');
  const clauses: SwitchClause[] = [];
  while (!stream.at('}')) {
    const clauseStart = stream.token.start;
    let selectors: (Expression | null)[];
    if (stream.accept('default')) selectors = [null];
    else {
      stream.expect('case', "or 'default'");
      const selectorOrDefault = () => (stream.accept('default') ? null : parseExpression(stream));
      selectors = [selectorOrDefault()];
      while (stream.accept(',') && !stream.at(':') && !stream.at('{') && !stream.at('@')) {
        selectors.push(selectorOrDefault());
      }
    }
    stream.accept(':');
    const body = stream.statement(() => parseCompound(stream, 'after the case selectors'));
    clauses.push({ selectors, body, start: clauseStart, end: body.end });
  }
  const end = stream.advance().end;
  return { kind: 'switch', attributes, selector, bodyAttributes, clauses, start, end };
}

export function parseLoop(stream: TokenStream, attributes: Attribute[]): LoopStatement {
  const start = stream.advance().start;
  const bodyAttributes = parseAttributes(stream);
  const bodyStart = stream.expect('{', "after 'loop'").start;
  const statements: Statement[] = [];
  let continuing: CompoundStatement | null = null;
  let breakIf: Expression | null = null;
  while (!stream.at('}')) {
    if (stream.accept('continuing')) {
      ({ block: continuing, breakIf } = parseContinuing(stream));
      if (!stream.at('}')) stream.unexpected("expected '}': a continuing block ends the loop's body");
    } else stream.statement(() => parseStatementInto(stream, statements));
  }
  const end = stream.advance().end;
  const body: CompoundStatement = {
    kind: 'compound',
    attributes: bodyAttributes,
    body: statements,
    start: bodyStart,
    end,
  };
  return { kind: 'loop', attributes, body, continuing, breakIf, start, end };
}

function parseContinuing(stream: TokenStream): { block: CompoundStatement; breakIf: Expression | null } {
  const attributes = parseAttributes(stream);
  const start = stream.expect('{', "after 'continuing'").start;
  const body: Statement[] = [];
  let breakIf: Expression | null = null;
  while (!stream.at('}')) {
    if (stream.at('break') && stream.following.text === 'if') {
      stream.advance();
      stream.advance();
      breakIf = parseExpression(stream);
      stream.expect(';', "after 'break if'");
      // Tint, unlike the grammar, lets empty statements follow.
      while (stream.accept(';'));
      if (!stream.at('}'))
        stream.unexpected("expected '}': 'break if' must be the last statement of continuing");
    } else stream.statement(() => parseStatementInto(stream, body));
  }
  const end = stream.advance().end;
  return { block: { kind: 'compound', attributes, body, start, end }, breakIf };
}
