/** Statements. */
import { rare } from '../rare.ts';
import type {
  AssignmentOperator,
  Attribute,
  CompoundStatement,
  Expression,
  ForStatement,
  IfStatement,
  LocalDeclaration,
  Statement,
} from './ast.ts';
import {
  parseArguments,
  parseCall,
  parseExpression,
  parseIdentifier,
  parseSuffixes,
  parseTemplateList,
} from './parse-expression.ts';
import type { TokenStream } from './token-stream.ts';

const ASSIGNMENT = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);
const NO_ATTRIBUTES: Attribute[] = [];

export function parseAttributes(stream: TokenStream): Attribute[] {
  if (!stream.at('@')) return NO_ATTRIBUTES;
  const attributes: Attribute[] = [];
  while (stream.at('@')) {
    const start = stream.advance().start;
    const token = stream.token;
    if (token.kind !== 'identifier' && token.kind !== 'keyword') {
      stream.unexpected("expected the name of an attribute after '@'");
    }
    stream.advance();
    const args = stream.at('(') ? parseArguments(stream) : null;
    attributes.push({ name: token.text, nameEnd: token.end, args, start, end: stream.previousEnd });
  }
  return attributes;
}

/** `{ statements }`; `attributes` were parsed before the brace. */
export function parseCompound(stream: TokenStream, where: string): CompoundStatement {
  const attributes = parseAttributes(stream);
  return parseBraces(stream, attributes, where);
}

function parseBraces(stream: TokenStream, attributes: Attribute[], where: string): CompoundStatement {
  const start = stream.expect('{', where).start;
  const body: Statement[] = [];
  stream.statement(() => {
    while (!stream.at('}')) parseStatementInto(stream, body);
  });
  const end = stream.advance().end;
  return { kind: 'compound', attributes, body, start, end };
}

/** Parses one statement; a lone `;` adds nothing. */
export function parseStatementInto(stream: TokenStream, body: Statement[]): void {
  if (stream.accept(';')) return;
  // A block counts itself.
  if (stream.at('{')) body.push(parseBraces(stream, NO_ATTRIBUTES, ''));
  else stream.statement(() => parseOther(stream, body));
}

function parseOther(stream: TokenStream, body: Statement[]): void {
  const attributes = parseAttributes(stream);
  const token = stream.token;
  const structured = parseStructured(stream, attributes);
  if (structured) {
    body.push(structured);
    return;
  }
  if (attributes.length > 0) {
    stream.unexpected("expected '{', 'if', 'switch', 'loop', 'for' or 'while' after the attributes");
  }
  if (token.kind === 'end') stream.unexpected("expected '}'");
  if (stream.at('break') && stream.following.text === 'if') {
    stream.fail(token, "'break if' may stand only at the end of a continuing block");
  }
  if (stream.at('continuing')) stream.fail(token, "'continuing' may stand only at the end of a loop's body");
  body.push(parseSimple(stream));
  stream.expect(';', 'after the statement');
}

/** The statements that end with a brace, or `null` if another statement comes. */
function parseStructured(stream: TokenStream, attributes: Attribute[]): Statement | null {
  switch (stream.token.text) {
    case '{':
      return parseBraces(stream, attributes, '');
    case 'if':
      return parseIf(stream, attributes);
    case 'switch':
      return rare().parseSwitch(stream, attributes);
    case 'loop':
      return rare().parseLoop(stream, attributes);
    case 'for':
      return parseFor(stream, attributes);
    case 'while': {
      const start = stream.advance().start;
      const condition = parseExpression(stream);
      const body = parseCompound(stream, 'after the condition');
      return { kind: 'while', attributes, condition, body, start, end: body.end };
    }
    default:
      return null;
  }
}

/** The statements that end with `;`, without it. */
function parseSimple(stream: TokenStream): Statement {
  const token = stream.token;
  if (token.kind === 'keyword') {
    switch (token.text) {
      case 'var':
      case 'let':
      case 'const':
        return parseLocal(stream, token.text);
      case 'const_assert':
        return rare().parseConstAssert(stream);
      case 'return': {
        stream.advance();
        const value = stream.at(';') ? null : parseExpression(stream);
        return { kind: 'return', value, start: token.start, end: stream.previousEnd };
      }
      case 'break':
      case 'continue':
      case 'discard':
        stream.advance();
        return { kind: token.text, start: token.start, end: token.end };
    }
    stream.unexpected('expected a statement');
  }
  return parseUpdating(stream);
}

/** Assignment, increment, decrement or call. */
function parseUpdating(stream: TokenStream): Statement {
  const start = stream.token.start;
  let target: Expression | null = null;
  if (!stream.accept('_')) {
    target = parseLeftHandSide(stream);
    if (target.kind === 'call' && !isAssignmentToken(stream)) {
      return { kind: 'callStatement', call: target, start, end: stream.previousEnd };
    }
    if (stream.at('++') || stream.at('--')) {
      const token = stream.advance();
      const operator = token.text as '++' | '--';
      return { kind: 'increment', operator, operatorStart: token.start, target, start, end: token.end };
    }
  }
  const token = stream.token;
  if (target ? !isAssignmentToken(stream) : !stream.at('=')) {
    stream.unexpected(target ? "expected an assignment, '++' or '--'" : "expected '=' after '_'");
  }
  stream.advance();
  const value = parseExpression(stream);
  const operator = token.text as AssignmentOperator;
  return {
    kind: 'assignment',
    operator,
    operatorStart: token.start,
    target,
    value,
    start,
    end: stream.previousEnd,
  };
}

const isAssignmentToken = (stream: TokenStream): boolean =>
  stream.token.kind === 'symbol' && ASSIGNMENT.has(stream.token.text);

function parseLeftHandSide(stream: TokenStream): Expression {
  const token = stream.token;
  if (stream.at('*') || stream.at('&')) {
    stream.advance();
    const operand = stream.nested(() => parseLeftHandSide(stream));
    const operator = token.text as '*' | '&';
    return { kind: 'unary', operator, operand, start: token.start, end: stream.previousEnd };
  }
  if (stream.accept('(')) {
    const inner = stream.nested(() => parseLeftHandSide(stream));
    stream.expect(')', 'to close the parenthesis');
    return parseSuffixes(stream, inner);
  }
  if (token.kind !== 'identifier') stream.unexpected('expected a statement');
  const identifier = parseIdentifier(stream, 'a name');
  if (stream.at('(')) return parseSuffixes(stream, parseCall(stream, identifier));
  if (identifier.templateArgs) stream.unexpected("expected '(' after the template list");
  return parseSuffixes(stream, identifier);
}

function parseLocal(stream: TokenStream, keyword: 'var' | 'let' | 'const'): LocalDeclaration {
  const start = stream.advance().start;
  const templateArgs = keyword === 'var' ? parseTemplateList(stream) : null;
  const name = stream.name(`the name of the ${keyword}`);
  const type = stream.accept(':') ? parseIdentifier(stream, 'a type') : null;
  let initializer: Expression | null = null;
  if (
    keyword === 'var' ? stream.accept('=') : stream.expect('=', `after the name: a ${keyword} needs a value`)
  ) {
    initializer = parseExpression(stream);
  }
  return { kind: 'local', keyword, name, templateArgs, type, initializer, start, end: stream.previousEnd };
}

function parseIf(stream: TokenStream, attributes: Attribute[]): IfStatement {
  const start = stream.advance().start;
  const condition = parseExpression(stream);
  const then = parseCompound(stream, 'after the condition');
  let otherwise: IfStatement | CompoundStatement | null = null;
  if (stream.accept('else')) {
    otherwise = stream.at('if')
      ? stream.statement(() => parseIf(stream, NO_ATTRIBUTES))
      : parseCompound(stream, "or 'if' after 'else'");
  }
  return { kind: 'if', attributes, condition, then, otherwise, start, end: stream.previousEnd };
}

function parseFor(stream: TokenStream, attributes: Attribute[]): ForStatement {
  const start = stream.advance().start;
  stream.expect('(', "after 'for'");
  let init: Statement | null = null;
  if (!stream.at(';')) {
    const { text } = stream.token;
    init =
      text === 'var' || text === 'let' || text === 'const' ? parseLocal(stream, text) : parseUpdating(stream);
  }
  stream.expect(';', 'after the initializer of the for loop');
  const condition = stream.at(';') ? null : parseExpression(stream);
  stream.expect(';', 'after the condition of the for loop');
  const update = stream.at(')') ? null : parseUpdating(stream);
  stream.expect(')', 'to close the header of the for loop');
  const body = parseCompound(stream, 'after the header of the for loop');
  return { kind: 'for', attributes, init, condition, update, body, start, end: body.end };
}
