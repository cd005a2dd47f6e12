/**
 * Expressions. WGSL's grammar has no precedence between some operators and wants parentheses there: shifts take unary
 * operands, `&`, `|`, `^` chain only with themselves over unary operands, comparisons do not chain, `&&` and `||` do
 * not mix.
 */
import type {
  BinaryExpression,
  BinaryOperator,
  CallExpression,
  Expression,
  Identifier,
  NumberLiteral,
  UnaryOperator,
} from './ast.ts';
import { commaList, type TokenStream } from './token-stream.ts';

const UNARY = new Set(['-', '!', '~', '*', '&']);
const BITWISE = new Set(['&', '|', '^']);
const MULTIPLICATIVE = new Set(['*', '/', '%']);
const ADDITIVE = new Set(['+', '-']);
const SHIFT = new Set(['<<', '>>']);
const RELATIONAL = new Set(['<', '>', '<=', '>=', '==', '!=']);
const BINARY = new Set([...BITWISE, ...MULTIPLICATIVE, ...ADDITIVE, ...SHIFT, ...RELATIONAL, '&&', '||']);

const isOperator = (stream: TokenStream, operators: ReadonlySet<string>): boolean =>
  stream.token.kind === 'symbol' && operators.has(stream.token.text);

export function parseExpression(stream: TokenStream): Expression {
  const expression = stream.nested(() => parseLogical(stream));
  if (isOperator(stream, BINARY)) {
    const operator = stream.token.text;
    const reason =
      expression.kind === 'binary'
        ? `'${expression.operator}' and '${operator}' do not mix without parentheses`
        : `the operand of '${operator}' needs parentheses`;
    stream.fail(stream.token, reason);
  }
  return expression;
}

/** `a && b && c` or `a || b || c`, over comparisons. */
function parseLogical(stream: TokenStream): Expression {
  let left = parseRelational(stream);
  const operator = stream.token.text;
  if (operator !== '&&' && operator !== '||') return left;
  for (let n = 1; stream.at(operator); n++) {
    stream.checkChain(n);
    left = parseRight(stream, left, parseRelational);
  }
  return left;
}

function parseRelational(stream: TokenStream): Expression {
  const left = parseShift(stream);
  return isOperator(stream, RELATIONAL) ? parseRight(stream, left, parseShift) : left;
}

/** An arithmetic expression, or one shift or one chain of a bitwise operator over unary expressions. */
function parseShift(stream: TokenStream): Expression {
  let left = parseUnary(stream);
  if (isOperator(stream, SHIFT)) return parseRight(stream, left, parseUnary);
  if (isOperator(stream, BITWISE)) {
    const operator = stream.token.text;
    for (let n = 1; stream.at(operator); n++) {
      stream.checkChain(n);
      left = parseRight(stream, left, parseUnary);
    }
    // Only a whole expression may be a bitwise chain: `a & b == c` and `a == b & c` are both refused.
    if (isOperator(stream, BINARY)) {
      stream.fail(stream.token, `'${operator}' and '${stream.token.text}' do not mix without parentheses`);
    }
    return left;
  }
  left = parseMultiplicative(stream, left);
  for (let n = 1; isOperator(stream, ADDITIVE); n++) {
    stream.checkChain(n);
    left = parseRight(stream, left, (s) => parseMultiplicative(s, parseUnary(s)));
  }
  return left;
}

function parseMultiplicative(stream: TokenStream, first: Expression): Expression {
  let left = first;
  // A `--` after an operand continues an additive expression.
  stream.splitMinus();
  for (let n = 1; isOperator(stream, MULTIPLICATIVE); n++) {
    stream.checkChain(n);
    left = parseRight(stream, left, parseUnary);
  }
  return left;
}

/** The operator that comes next and its right operand, joined to `left`. */
function parseRight(
  stream: TokenStream,
  left: Expression,
  operand: (stream: TokenStream) => Expression,
): BinaryExpression {
  const token = stream.advance();
  const right = operand(stream);
  if (right.kind === 'binary' && BITWISE.has(right.operator) && !parenthesized(stream, right)) {
    stream.fail(
      { start: right.operatorStart, end: right.operatorStart + 1 },
      `'${token.text}' and '${right.operator}' do not mix without parentheses`,
    );
  }
  return {
    kind: 'binary',
    operator: token.text as BinaryOperator,
    operatorStart: token.start,
    left,
    right,
    start: left.start,
    end: stream.previousEnd,
  };
}

/** A parenthesized expression keeps its inner range, so the text ends later than the node. */
const parenthesized = (stream: TokenStream, node: Expression): boolean => node.end !== stream.previousEnd;

function parseUnary(stream: TokenStream): Expression {
  stream.splitMinus();
  if (!isOperator(stream, UNARY)) {
    return parseSingular(stream);
  }
  const token = stream.advance();
  const operand = stream.nested(() => parseUnary(stream));
  return {
    kind: 'unary',
    operator: token.text as UnaryOperator,
    operand,
    start: token.start,
    end: stream.previousEnd,
  };
}

/** A primary expression with its `[index]` and `.member` suffixes. */
function parseSingular(stream: TokenStream): Expression {
  return parseSuffixes(stream, parsePrimary(stream));
}

export function parseSuffixes(stream: TokenStream, base: Expression): Expression {
  let expression = base;
  for (let n = 0; ; n++) {
    stream.checkChain(n);
    if (stream.accept('[')) {
      const index = parseExpression(stream);
      const end = stream.expect(']', 'after the index').end;
      expression = { kind: 'index', base: expression, index, start: expression.start, end };
    } else if (stream.accept('.')) {
      const member = stream.name('a member name or swizzle');
      expression = { kind: 'member', base: expression, member, start: expression.start, end: member.end };
    } else return expression;
  }
}

function parsePrimary(stream: TokenStream): Expression {
  const token = stream.token;
  if (token.kind === 'identifier') {
    const identifier = parseIdentifier(stream, 'a name');
    return stream.at('(') ? parseCall(stream, identifier) : identifier;
  }
  if (token.kind === 'number') {
    stream.advance();
    const { text, suffix, isFloat, start, end } = token;
    return { kind: 'number', text, suffix, isFloat, start, end } satisfies NumberLiteral;
  }
  if (stream.at('true') || stream.at('false')) {
    stream.advance();
    return { kind: 'bool', value: token.text === 'true', start: token.start, end: token.end };
  }
  if (stream.accept('(')) {
    const inner = parseExpression(stream);
    stream.expect(')', 'to close the parenthesis');
    return inner;
  }
  return stream.unexpected('expected an expression');
}

/** `name` or `name<template, arguments>`. */
export function parseIdentifier(stream: TokenStream, what: string): Identifier {
  const name = stream.name(what);
  const templateArgs = parseTemplateList(stream);
  return { kind: 'identifier', name: name.name, templateArgs, start: name.start, end: stream.previousEnd };
}

export function parseTemplateList(stream: TokenStream): Expression[] | null {
  if (!stream.accept('template<')) return null;
  const args = commaList(stream, 'template>', () => parseExpression(stream));
  if (args.length === 0) stream.unexpected('expected a template argument');
  stream.expect('template>', 'to close the template list');
  return args;
}

export function parseCall(stream: TokenStream, callee: Identifier): CallExpression {
  const args = parseArguments(stream);
  return { kind: 'call', callee, args, start: callee.start, end: stream.previousEnd };
}

export function parseArguments(stream: TokenStream): Expression[] {
  stream.expect('(');
  const args = commaList(stream, ')', () => parseExpression(stream));
  stream.expect(')', 'after the arguments');
  return args;
}
