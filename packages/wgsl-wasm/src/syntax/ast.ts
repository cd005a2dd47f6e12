/**
 * The syntax tree: WGSL text as it was written, before any name or type is resolved.
 *
 * Only the checker (`src/check/`) reads it; the back end reads the checked program in `check/program.ts`.
 * Every node carries the half-open range `[start, end)` of source offsets (UTF-16 code units) it was parsed from, so
 * that any later message can point at it. Parentheses leave no node: the parser has already applied the grammar's
 * rules about them.
 */

import type { Span } from './span.ts';

export type { Span } from './span.ts';

/** `name` or `name<args>`: a variable, a type, a function, an enumerant; which one, the checker decides. */
export interface Identifier extends Span {
  readonly kind: 'identifier';
  readonly name: string;
  /** Present when a template list was discovered after the name; empty lists do not parse. */
  readonly templateArgs: Expression[] | null;
}

export type LiteralSuffix = '' | 'i' | 'u' | 'f' | 'h';

/** A number as written. `isFloat` tells `1.0` and `1f` from `1`; the value is decided by the checker from the text. */
export interface NumberLiteral extends Span {
  readonly kind: 'number';
  /** The digits without the suffix, e.g. `0x1p4`, `12`, `1.5e3`. */
  readonly text: string;
  readonly suffix: LiteralSuffix;
  readonly isFloat: boolean;
}

export interface BoolLiteral extends Span {
  readonly kind: 'bool';
  readonly value: boolean;
}

export type UnaryOperator = '-' | '!' | '~' | '*' | '&';

export interface UnaryExpression extends Span {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||';

export interface BinaryExpression extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  /** Offset of the operator itself, where messages about it point. */
  readonly operatorStart: number;
  readonly left: Expression;
  readonly right: Expression;
}

/** `callee(args)`: a function call, a type constructor or a builtin; which one, the checker decides. */
export interface CallExpression extends Span {
  readonly kind: 'call';
  readonly callee: Identifier;
  readonly args: Expression[];
}

export interface IndexExpression extends Span {
  readonly kind: 'index';
  readonly base: Expression;
  readonly index: Expression;
}

export interface MemberExpression extends Span {
  readonly kind: 'member';
  readonly base: Expression;
  readonly member: Name;
}

export type Expression =
  | Identifier
  | NumberLiteral
  | BoolLiteral
  | UnaryExpression
  | BinaryExpression
  | CallExpression
  | IndexExpression
  | MemberExpression;

/** A name where it is declared or where a member is selected. */
export interface Name extends Span {
  readonly name: string;
}

/** `@name(args)`. Arguments are kept as expressions: `@workgroup_size(N * 2)`, `@builtin(local_invocation_id)`. */
export interface Attribute extends Span {
  readonly name: string;
  readonly nameEnd: number;
  /** `null` when there were no parentheses. */
  readonly args: Expression[] | null;
}

// --- statements -----------------------------------------------------------------------------------------------------

export interface CompoundStatement extends Span {
  readonly kind: 'compound';
  readonly attributes: Attribute[];
  readonly body: Statement[];
}

/** `var`, `let` and `const` inside a function. */
export interface LocalDeclaration extends Span {
  readonly kind: 'local';
  readonly keyword: 'var' | 'let' | 'const';
  readonly name: Name;
  /** `var<function>`: the list between the angle brackets, else `null`. Only for `var`. */
  readonly templateArgs: Expression[] | null;
  readonly type: Identifier | null;
  readonly initializer: Expression | null;
}

export type AssignmentOperator = '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '&=' | '|=' | '^=' | '<<=' | '>>=';

/** `target op value`. `target` is `null` for the phony assignment `_ = value`. */
export interface AssignmentStatement extends Span {
  readonly kind: 'assignment';
  readonly operator: AssignmentOperator;
  readonly operatorStart: number;
  readonly target: Expression | null;
  readonly value: Expression;
}

export interface IncrementStatement extends Span {
  readonly kind: 'increment';
  readonly operator: '++' | '--';
  readonly operatorStart: number;
  readonly target: Expression;
}

export interface CallStatement extends Span {
  readonly kind: 'callStatement';
  readonly call: CallExpression;
}

export interface IfStatement extends Span {
  readonly kind: 'if';
  readonly attributes: Attribute[];
  readonly condition: Expression;
  readonly then: CompoundStatement;
  readonly otherwise: IfStatement | CompoundStatement | null;
}

export interface SwitchClause extends Span {
  /** `null` stands for the keyword `default` inside a selector list. */
  readonly selectors: (Expression | null)[];
  readonly body: CompoundStatement;
}

export interface SwitchStatement extends Span {
  readonly kind: 'switch';
  readonly attributes: Attribute[];
  readonly selector: Expression;
  /** Before the brace, after the selector. */
  readonly bodyAttributes: Attribute[];
  readonly clauses: SwitchClause[];
}

export interface LoopStatement extends Span {
  readonly kind: 'loop';
  readonly attributes: Attribute[];
  readonly body: CompoundStatement;
  /** Its scope is inside that of `body`. */
  readonly continuing: CompoundStatement | null;
  /** The condition of `break if` at the end of `continuing`. */
  readonly breakIf: Expression | null;
}

export interface ForStatement extends Span {
  readonly kind: 'for';
  readonly attributes: Attribute[];
  readonly init: Statement | null;
  readonly condition: Expression | null;
  readonly update: Statement | null;
  readonly body: CompoundStatement;
}

export interface WhileStatement extends Span {
  readonly kind: 'while';
  readonly attributes: Attribute[];
  readonly condition: Expression;
  readonly body: CompoundStatement;
}

export interface ReturnStatement extends Span {
  readonly kind: 'return';
  readonly value: Expression | null;
}

export interface JumpStatement extends Span {
  readonly kind: 'break' | 'continue' | 'discard';
}

/** `const_assert`, at module scope or inside a function. */
export interface ConstAssert extends Span {
  readonly kind: 'constAssert';
  readonly condition: Expression;
}

export type Statement =
  | CompoundStatement
  | LocalDeclaration
  | AssignmentStatement
  | IncrementStatement
  | CallStatement
  | IfStatement
  | SwitchStatement
  | LoopStatement
  | ForStatement
  | WhileStatement
  | ReturnStatement
  | JumpStatement
  | ConstAssert;

// --- module scope ---------------------------------------------------------------------------------------------------

export interface ParameterDeclaration extends Span {
  readonly attributes: Attribute[];
  readonly name: Name;
  readonly type: Identifier;
}

export interface FunctionDeclaration extends Span {
  readonly kind: 'function';
  readonly attributes: Attribute[];
  readonly name: Name;
  readonly parameters: ParameterDeclaration[];
  readonly returnAttributes: Attribute[];
  readonly returnType: Identifier | null;
  readonly body: CompoundStatement;
}

export interface StructMemberDeclaration extends Span {
  readonly attributes: Attribute[];
  readonly name: Name;
  readonly type: Identifier;
}

export interface StructDeclaration extends Span {
  readonly kind: 'struct';
  readonly name: Name;
  readonly members: StructMemberDeclaration[];
}

export interface AliasDeclaration extends Span {
  readonly kind: 'alias';
  readonly name: Name;
  readonly type: Identifier;
}

/** `var<...>`, `override` and `const` at module scope. */
export interface GlobalDeclaration extends Span {
  readonly kind: 'global';
  readonly keyword: 'var' | 'override' | 'const';
  readonly attributes: Attribute[];
  readonly templateArgs: Expression[] | null;
  readonly name: Name;
  readonly type: Identifier | null;
  readonly initializer: Expression | null;
}

/** `enable`, `requires` or `diagnostic` at the top of the module. */
export interface Directive extends Span {
  readonly kind: 'directive';
  readonly keyword: 'enable' | 'requires' | 'diagnostic';
  /** Extension or feature names; for `diagnostic` the severity and the rule (`off`, `derivative_uniformity`). */
  readonly names: Name[];
}

export type Declaration =
  | FunctionDeclaration
  | StructDeclaration
  | AliasDeclaration
  | GlobalDeclaration
  | ConstAssert;

export interface Module {
  readonly source: string;
  readonly directives: Directive[];
  readonly declarations: Declaration[];
}
