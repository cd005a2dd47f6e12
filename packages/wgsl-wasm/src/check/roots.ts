/** Where the pointers of a function come from (WGSL, "Root Identifier"). */
import type { Expression, LetDeclaration, Parameter, Place, Statement, Variable } from './program.ts';

/** The variable or the pointer parameter that gives a function its access to some memory. */
export type Root = Variable | Parameter;

/** The roots of one function: `declare` is to be called with each of its statements in order. */
export class Roots {
  readonly #lets = new Map<LetDeclaration, Root>();

  /** Remembers what a `let` points into. */
  declare(statement: Statement): void {
    if (statement.kind !== 'declareLet' || statement.declaration.type.kind !== 'pointer') return;
    this.#lets.set(statement.declaration, this.ofPointer(statement.initializer));
  }

  ofPointer(pointer: Expression): Root {
    if (pointer.kind === 'addressOf') return this.ofPlace(pointer.place);
    // A view of a buffer.
    if (pointer.kind === 'builtin') return this.ofPointer(pointer.args[0]);
    const { declaration } = pointer as Extract<Expression, { kind: 'value' }>;
    return declaration.kind === 'parameter' ? declaration : (this.#lets.get(declaration) as Root);
  }

  ofPlace(place: Place): Root {
    let at = place;
    while (at.kind !== 'variable' && at.kind !== 'deref') at = at.base;
    return at.kind === 'variable' ? at.variable : this.ofPointer(at.pointer);
  }
}
