/** What the checker knows while it walks a module: names, the function at hand, diagnostics. */
import type { Declaration, FunctionDeclaration, Module, Span } from '../syntax/ast.ts';
import { type Diagnostic, type DiagnosticKind, diagnosticAt, fail } from '../syntax/diagnostics.ts';
import type { CheckOptions } from './options.ts';
import type {
  BuiltinBinding,
  CheckedFunction,
  Expression,
  LetDeclaration,
  Override,
  Parameter,
  Place,
  Variable,
} from './program.ts';
import type { Root } from './roots.ts';
import type { ScalarType, StructType, Type } from './types.ts';
import { EvaluationError, type Value, zeroValue } from './values.ts';
import type { ViewNeeds } from './viewed-buffers.ts';

/** When an expression gets its value: at shader creation, at pipeline creation, when the shader runs. */
export const CONST = 0;
export const OVERRIDE = 1;
export const RUNTIME = 2;
export type Stage = typeof CONST | typeof OVERRIDE | typeof RUNTIME;

/**
 * A checked expression on its way: a value, or (with `place`) a reference to memory that has not been loaded.
 * `value` is known for every const-expression and, once the overrides have values, for override-expressions.
 */
export interface Operand extends Span {
  readonly type: Type;
  readonly stage: Stage;
  readonly value: Value | undefined;
  readonly place: Place | null;
  /** The lowered expression, when there is no `place`; with a `value` too only for `false && x` and `true || x`. */
  readonly expression: Expression | null;
}

/** The stages that an entry point can belong to. */
export type ShaderStage = 'compute' | 'vertex' | 'fragment';

/** Something that only shaders of some stages may do. */
export interface StageUse {
  readonly span: Span;
  /** As a message names it: `'discard'`. */
  readonly what: string;
  readonly stages: readonly ShaderStage[];
}

/** A function whose signature is known; the body follows on first use. */
export interface FunctionEntity {
  readonly kind: 'function';
  readonly declaration: FunctionDeclaration;
  readonly checked: CheckedFunction;
  readonly mustUse: boolean;
  /** Of an entry point; null for other functions. */
  readonly stage: ShaderStage | null;
  state: 'signature' | 'checking' | 'done';
  /** What the body was refused for; callers are refused with it too. */
  error: unknown;
}

/** What a name can stand for. */
export type Entity =
  | { readonly kind: 'const'; readonly name: string; readonly type: Type; readonly value: Value }
  | {
      readonly kind: 'override';
      readonly name: string;
      readonly override: Override;
      readonly type: ScalarType;
    }
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'let'; readonly declaration: LetDeclaration }
  | { readonly kind: 'parameter'; readonly parameter: Parameter }
  | { readonly kind: 'type'; readonly type: Type }
  | FunctionEntity;

export interface GlobalEntry {
  readonly declaration: Exclude<Declaration, { kind: 'constAssert' }>;
  state: 'new' | 'resolving' | 'done';
  entity: Entity | null;
  /** What the declaration was refused for; uses of it are refused with the same. */
  error: unknown;
}

/** A block's names. `order` counts declarations, for the rule about `continue` and continuing blocks. */
export interface Scope {
  readonly parent: Scope | null;
  readonly names: Map<string, { readonly entity: Entity; readonly order: number; readonly span: Span }>;
  /** Set on the scope of a loop's body. */
  loop: LoopState | null;
}

export interface LoopState {
  /** How many names the body had when the first `continue` left it; later names are off limits in `continuing`. */
  continueAt: number;
  inContinuing: boolean;
}

/** The function whose body is being checked. */
export interface FunctionState {
  readonly entity: FunctionEntity;
  readonly returnType: Type | null;
  readonly callees: Set<CheckedFunction>;
  readonly variables: Set<Variable>;
  hasBarrier: boolean;
  /** What the override values make invalid here; it counts only if an entry point reaches the function. */
  readonly overrideErrors: Diagnostic[];
  /** Innermost last; decides where `break` and `continue` may stand. */
  readonly breakTargets: ('loop' | 'switch' | 'continuing')[];
  /** Innermost last; `null` for loops without a continuing block of their own (`for`, `while`). */
  readonly loops: ({ readonly scope: Scope; readonly state: LoopState } | null)[];
}

export class Context {
  readonly module: Module;
  readonly options: CheckOptions;
  /** Whether overrides have their values (`checkProgram`), or only the shader module is checked (`checkModule`). */
  readonly resolve: boolean;
  readonly globals = new Map<string, GlobalEntry>();
  readonly structs: StructType[] = [];
  readonly overrides: Override[] = [];
  readonly variables: Variable[] = [];
  readonly functions: CheckedFunction[] = [];
  readonly functionEntities: FunctionEntity[] = [];
  readonly warnings: Diagnostic[] = [];
  /** What `enable` names. */
  readonly enabled = new Set<string>();
  readonly overrideErrors = new Map<CheckedFunction, readonly Diagnostic[]>();
  /** What functions do that only some stages may. */
  readonly stageUses = new Map<CheckedFunction, StageUse[]>();
  /** What functions do that is valid and not translated; it counts when a kernel that reaches it is compiled. */
  readonly untranslated = new Map<CheckedFunction, Diagnostic>();
  /** The parameters of vertex and fragment shaders. */
  readonly stageInputs = new Map<CheckedFunction, readonly BuiltinBinding[]>();
  /** How severe it is to break the rules of uniformity here, by the rule, where `diagnostic` says so. */
  severities: ReadonlyMap<string, string> & { set(rule: string, severity: string): unknown } = new Map<
    string,
    string
  >();
  /** There are views of buffers. */
  hasViews = false;
  /** What functions, with their callees, need of the buffers that they view. */
  readonly views = new Map<CheckedFunction, ReadonlyMap<Root, ViewNeeds>>();
  /** There are calls besides barriers that must be in uniform control flow. */
  needsUniformity = false;
  scope: Scope | null = null;
  current: FunctionState | null = null;
  /** Above zero inside an operand of `&&` or `||` that is never evaluated: errors of evaluation do not count there. */
  unevaluated = 0;

  constructor(module: Module, options: CheckOptions, resolve: boolean) {
    this.module = module;
    this.options = options;
    this.resolve = resolve;
  }

  fail(span: Span, message: string, kind: DiagnosticKind = 'type'): never {
    fail(this.module.source, span, kind, message);
  }

  warn(span: Span, message: string): void {
    this.warnings.push(diagnosticAt(this.module.source, span, 'warning', message));
  }

  /** Refuses a construct that is WGSL but not translated here. */
  unsupported(span: Span, construct: string): never {
    this.fail(span, `${construct} outside the subset that this compiler translates`, 'subset');
  }

  /** Notes that the function at hand does something that only some stages may. */
  useInStages(span: Span, what: string, stages: readonly ShaderStage[]): void {
    if (!this.current) this.fail(span, `${what} cannot be used here`);
    const { checked } = this.current.entity;
    const uses = this.stageUses.get(checked) ?? [];
    uses.push({ span, what, stages });
    this.stageUses.set(checked, uses);
  }

  /** Notes that the function at hand does something that is valid, and that no kernel can. */
  leaveUntranslated(span: Span, construct: string): void {
    const checked = this.current?.entity.checked;
    if (!checked || this.untranslated.has(checked)) return;
    const message = `${construct} outside the subset that this compiler translates`;
    this.untranslated.set(checked, diagnosticAt(this.module.source, span, 'subset', message));
  }

  /** Whether a call that breaks this rule of uniformity is an error here. */
  demandsUniformity(rule: string): boolean {
    const demanded = (this.severities.get(rule) ?? 'error') === 'error';
    this.needsUniformity ||= demanded;
    return demanded;
  }

  /** Runs an evaluation and gives its failure a place. */
  evaluate(span: Span, stage: Stage, type: Type, compute: () => Value): Value {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      if (this.unevaluated === 0) this.failAt(span, stage, error.message);
      return zeroValue(type);
    }
  }

  /** Runs a check that may throw an `EvaluationError`, unless the code at hand is never evaluated. */
  verify(span: Span, stage: Stage, check: () => void): void {
    if (this.unevaluated > 0) return;
    try {
      check();
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.failAt(span, stage, error.message);
    }
  }

  /**
   * Refuses a constant, or notes what an override value makes invalid: pipelines are made for one entry point, so
   * that does not matter in functions it does not reach.
   */
  failAt(span: Span, stage: Stage, message: string): void {
    if (stage === CONST) this.fail(span, message);
    if (!this.current) this.fail(span, message, 'override');
    this.current.overrideErrors.push(diagnosticAt(this.module.source, span, 'override', message));
  }

  pushScope(): Scope {
    this.scope = { parent: this.scope, names: new Map(), loop: null };
    return this.scope;
  }

  popScope(): void {
    this.scope = (this.scope as Scope).parent;
  }

  /** Adds a name to the innermost scope. */
  declare(name: string, span: Span, entity: Entity): void {
    const { names } = this.scope as Scope;
    if (names.has(name)) this.fail(span, `'${name}' is already declared in this scope`);
    names.set(name, { entity, order: names.size, span });
  }
}
