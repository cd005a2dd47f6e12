/** Statements. */
import type { CheckedFunction, LetDeclaration, Variable } from './declarations.ts';
import type { Expression } from './expressions.ts';
import type { Place } from './places.ts';

export type Statement =
  | Block
  | DeclareVariable
  | DeclareLet
  | Assign
  | CompoundAssign
  | Evaluate
  | CallStatement
  | BuiltinStatement
  | Barrier
  | If
  | Switch
  | Loop
  | For
  | While
  | Return
  | Break
  | Continue;

interface StatementBase {
  readonly pos: number;
}

export interface Block extends StatementBase {
  readonly kind: 'block';
  readonly body: readonly Statement[];
}

/** `var`: zero when there is no initializer, again at each execution (also inside loops). */
export interface DeclareVariable extends StatementBase {
  readonly kind: 'declareVariable';
  readonly variable: Variable;
  readonly initializer: Expression | null;
}

/** `let`: evaluated once where it stands. A pointer initializer evaluates its indices here. */
export interface DeclareLet extends StatementBase {
  readonly kind: 'declareLet';
  readonly declaration: LetDeclaration;
  readonly initializer: Expression;
}

/** The target's indices are evaluated before the value. Stores any storable type, structures and arrays whole. */
export interface Assign extends StatementBase {
  readonly kind: 'assign';
  readonly target: Place;
  readonly value: Expression;
}

/**
 * `target op= value`, `target++`: the place is evaluated once and its old value read, then `value` is evaluated
 * (which may change the target through a call), then the result is stored. `value` has the type that `Binary.right`
 * would have.
 */
export interface CompoundAssign extends StatementBase {
  readonly kind: 'compoundAssign';
  readonly operator: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
  readonly target: Place;
  readonly value: Expression;
}

/** `_ = expression`, and calls of value-returning functions whose result is not used. */
export interface Evaluate extends StatementBase {
  readonly kind: 'evaluate';
  readonly expression: Expression;
}

/** A call of a function that returns nothing. */
export interface CallStatement extends StatementBase {
  readonly kind: 'call';
  readonly function: CheckedFunction;
  readonly args: readonly Expression[];
}

/** `atomicStore(pointer, value)` and `textureStore(texture, ...)`, which return nothing and are no barriers. */
export interface BuiltinStatement extends StatementBase {
  readonly kind: 'builtin';
  readonly name: 'atomicStore' | 'textureStore';
  readonly args: readonly Expression[];
}

export interface Barrier extends StatementBase {
  readonly kind: 'barrier';
  readonly name: 'workgroupBarrier' | 'storageBarrier' | 'textureBarrier';
}

export interface If extends StatementBase {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: Block;
  readonly otherwise: Block | null;
}

export interface SwitchCase extends StatementBase {
  /** i32 or u32 values, as the selector's type; may be empty for a clause that is only `default`. */
  readonly selectors: readonly number[];
  readonly isDefault: boolean;
  readonly body: Block;
}

/** No fall-through. Exactly one case is the default. `break` leaves the switch. */
export interface Switch extends StatementBase {
  readonly kind: 'switch';
  readonly selector: Expression;
  readonly cases: readonly SwitchCase[];
}

/**
 * `loop { body continuing { ...; break if condition } }`. `continue` goes to `continuing`, which sees the variables
 * of `body`.
 */
export interface Loop extends StatementBase {
  readonly kind: 'loop';
  readonly body: Block;
  readonly continuing: Block | null;
  readonly breakIf: Expression | null;
}

/** `continue` goes to `update`. */
export interface For extends StatementBase {
  readonly kind: 'for';
  readonly init: Statement | null;
  readonly condition: Expression | null;
  readonly update: Statement | null;
  readonly body: Block;
}

export interface While extends StatementBase {
  readonly kind: 'while';
  readonly condition: Expression;
  readonly body: Block;
}

export interface Return extends StatementBase {
  readonly kind: 'return';
  readonly value: Expression | null;
}

/** Leaves the innermost loop or switch. */
export interface Break extends StatementBase {
  readonly kind: 'break';
}

export interface Continue extends StatementBase {
  readonly kind: 'continue';
}
