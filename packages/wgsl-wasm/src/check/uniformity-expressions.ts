/** The part of the uniformity analysis that deals with values, variables, pointers and calls. */
import type {
  BuiltinBinding,
  CheckedFunction,
  Expression,
  LetDeclaration,
  Parameter,
  Place,
  Statement,
  Variable,
} from './program.ts';
import { UniformityGraph } from './uniformity-graph.ts';
import { operandsOf } from './walk.ts';

/** What callers need to know about a parameter. */
interface ParameterTags {
  /** The value (for pointers: which memory) must be uniform. */
  readonly required: string | null;
  /** What the pointer points to must be uniform. */
  readonly contentsRequired: string | null;
  /** The returned value depends on it, or on what it points to. */
  readonly returned: boolean;
  readonly contentsReturned: boolean;
  /** What it points to may become non-uniform during the call. */
  readonly becomesNonUniform: boolean;
  /** Parameters whose value (`values`) or pointed-to contents (`contents`) flow into what it points to. */
  readonly flowsIn: { readonly values: readonly number[]; readonly contents: readonly number[] };
}

export interface FunctionTags {
  /** Why the function must be called from uniform control flow, or `null`. */
  readonly callSite: string | null;
  readonly returnsNonUniform: boolean;
  readonly parameters: readonly ParameterTags[];
}

/** A function-scope variable, or the memory that a pointer parameter points to into function memory. */
type Local = Variable | Parameter;
/** The node of the value that each local holds at this point. */
export type State = Map<Local, number>;

/** Where a place or pointer leads. `full`: to the whole variable. `path`: the node of its indices. */
interface Access {
  readonly root: Variable | Parameter;
  readonly full: boolean;
  readonly path: number;
}

const UNIFORM_INPUTS = new Set([
  'workgroup_id',
  'num_workgroups',
  'workgroup_index',
  'subgroup_size',
  'num_subgroups',
]);

const isFunctionPointer = (parameter: Parameter): boolean =>
  parameter.type.kind === 'pointer' && parameter.type.addressSpace === 'function';

export class ExpressionAnalysis {
  readonly graph = new UniformityGraph();
  /** Control flow at the start of the function. */
  readonly start = this.graph.node();
  readonly returned = this.graph.node();
  readonly function: CheckedFunction;
  state: State = new Map();
  readonly #tags: ReadonlyMap<CheckedFunction, FunctionTags>;
  readonly #parameters: number[];
  /** For pointers into function memory: the contents on entry and on return. */
  readonly #contents = new Map<Parameter, { readonly entry: number; readonly exit: number }>();
  readonly #lets = new Map<LetDeclaration, { readonly node: number; readonly access: Access | null }>();

  constructor(
    f: CheckedFunction,
    tags: ReadonlyMap<CheckedFunction, FunctionTags>,
    inputs: readonly BuiltinBinding[] | undefined,
  ) {
    this.function = f;
    this.#tags = tags;
    this.#parameters = f.parameters.map((parameter) => this.#parameterNode(parameter, inputs));
    for (const parameter of f.parameters.filter(isFunctionPointer)) {
      const contents = { entry: this.graph.node(), exit: this.graph.node() };
      this.#contents.set(parameter, contents);
      this.state.set(parameter, contents.entry);
    }
  }

  #parameterNode(parameter: Parameter, inputs: readonly BuiltinBinding[] | undefined): number {
    if (!inputs) return this.graph.node();
    const varying = inputs.find(
      (input) => input.parameter === parameter && !UNIFORM_INPUTS.has(input.builtin),
    );
    return varying
      ? this.graph.source(parameter.pos, `'${parameter.name}' (${varying.builtin})`)
      : this.start;
  }

  /** The value node of an expression in control flow `cf`; calls inside it take effect. */
  value(expression: Expression, cf: number): number {
    switch (expression.kind) {
      case 'constant':
        return cf;
      case 'value': {
        const { declaration } = expression;
        const node =
          declaration.kind === 'let'
            ? (this.#lets.get(declaration)?.node as number)
            : this.#parameters[declaration.index];
        return this.graph.node(cf, node);
      }
      case 'load':
        return this.#load(this.#access(expression.place, cf), expression.place, expression.pos, cf);
      case 'addressOf':
        return this.#access(expression.place, cf).path;
      case 'logical': {
        const left = this.value(expression.left, cf);
        const before = this.state;
        this.state = new Map(before);
        const right = this.value(expression.right, left);
        this.state = this.join(before, [before, this.state]);
        return right;
      }
      case 'call':
        return this.call(expression.pos, expression.function, expression.args, cf);
      case 'builtin':
        return this.#builtin(expression, cf);
      default:
        return this.graph.node(cf, ...operandsOf(expression).map((operand) => this.value(operand, cf)));
    }
  }

  #builtin(expression: Extract<Expression, { kind: 'builtin' }>, cf: number): number {
    const { name, pos } = expression;
    const args = expression.args.map((arg) => this.value(arg, cf));
    if (name === 'workgroupUniformLoad') {
      this.graph.require(cf, pos, name, `'${name}' must be called from uniform control flow`);
      this.graph.require(args[0], pos, name, `'${name}' must be called with a uniform pointer`);
      return cf;
    }
    if (expression.uniform)
      this.graph.require(cf, pos, name, `'${name}' must be called from uniform control flow`);
    if (expression.uniform && /^subgroupShuffle./.test(name))
      this.graph.require(args[1], pos, name, `the second argument of '${name}' must be uniform`);
    if (expression.uniform !== undefined) return this.graph.source(pos, `the result of '${name}'`);
    const [{ type = null } = {}] = expression.args;
    const written = name === 'textureLoad' && type?.kind === 'texture' && type.access !== 'read';
    if (written || name.startsWith('atomic')) return this.graph.source(pos, `the result of '${name}'`);
    return this.graph.node(cf, ...args);
  }

  #load({ root, path }: Access, place: Place, pos: number, cf: number): number {
    const held = this.state.get(root);
    if (held !== undefined) return this.graph.node(cf, path, held);
    const { addressSpace, access } = place;
    if (addressSpace === 'uniform' || access === 'read') return this.graph.node(cf, path);
    return this.graph.source(pos, `'${root.name}', which other invocations can write`);
  }

  #access(place: Place, cf: number): Access {
    switch (place.kind) {
      case 'variable':
        return { root: place.variable, full: true, path: cf };
      case 'deref':
        return this.#pointer(place.pointer, cf);
      case 'index': {
        const base = this.#access(place.base, cf);
        return { ...base, full: false, path: this.graph.node(base.path, this.value(place.index, cf)) };
      }
      case 'member':
        return { ...this.#access(place.base, cf), full: false };
      case 'swizzle': {
        // The components are distinct: as many as the vector has are the whole vector.
        const base = this.#access(place.base, cf);
        const whole = place.base.type.kind === 'vector' && place.components.length === place.base.type.size;
        return { ...base, full: base.full && whole };
      }
    }
  }

  #pointer(pointer: Expression, cf: number): Access {
    if (pointer.kind === 'addressOf') return this.#access(pointer.place, cf);
    if (pointer.kind === 'builtin') {
      // A view of a buffer.
      const [buffer, ...numbers] = pointer.args;
      const base = this.#pointer(buffer, cf);
      const place = numbers.map((number) => this.value(number, cf));
      return { ...base, full: false, path: this.graph.node(base.path, ...place) };
    }
    const { declaration } = pointer as Extract<Expression, { kind: 'value' }>;
    if (declaration.kind === 'let') return this.#lets.get(declaration)?.access as Access;
    return { root: declaration, full: true, path: this.#parameters[declaration.index] };
  }

  /** Statements without control flow of their own. */
  simple(statement: Statement, cf: number): void {
    switch (statement.kind) {
      case 'declareVariable': {
        const node = statement.initializer ? this.value(statement.initializer, cf) : cf;
        this.state.set(statement.variable, this.graph.node(cf, node));
        break;
      }
      case 'declareLet': {
        const { declaration, initializer } = statement;
        const access = declaration.type.kind === 'pointer' ? this.#pointer(initializer, cf) : null;
        const node = access ? access.path : this.value(initializer, cf);
        this.#lets.set(declaration, { node: this.graph.node(cf, node), access });
        break;
      }
      case 'assign':
      case 'compoundAssign': {
        const access = this.#access(statement.target, cf);
        const sources = [access.path];
        // The old value is read before the right side is evaluated, which may change the variable through a pointer.
        if (statement.kind === 'compoundAssign')
          sources.push(this.#load(access, statement.target, statement.pos, cf));
        sources.push(this.value(statement.value, cf));
        this.#write(access, access.full, cf, sources);
        break;
      }
      case 'evaluate':
        this.value(statement.expression, cf);
        break;
      case 'call':
        this.call(statement.pos, statement.function, statement.args, cf);
        break;
      case 'builtin':
        for (const arg of statement.args) this.value(arg, cf);
        break;
      case 'barrier':
        this.graph.require(
          cf,
          statement.pos,
          statement.name,
          `'${statement.name}' must be called from uniform control flow`,
        );
        break;
    }
  }

  #write(access: Access, whole: boolean, cf: number, sources: readonly number[]): void {
    const held = this.state.get(access.root);
    if (held === undefined) return;
    this.state.set(access.root, this.graph.node(cf, ...sources, ...(whole ? [] : [held])));
  }

  call(pos: number, callee: CheckedFunction, args: readonly Expression[], cf: number): number {
    const tags = this.#tags.get(callee) as FunctionTags;
    const { graph } = this;
    const values = args.map((arg) => this.value(arg, cf));
    const accesses = args.map((arg, i) =>
      isFunctionPointer(callee.parameters[i]) ? this.#pointer(arg, cf) : null,
    );
    const contents = accesses.map((access) => (access ? (this.state.get(access.root) as number) : cf));
    const result = graph.node(cf);
    if (tags.callSite)
      graph.require(
        cf,
        pos,
        callee.name,
        `'${callee.name}' must be called from uniform control flow: ${tags.callSite}`,
      );
    if (tags.returnsNonUniform) graph.edge(result, graph.source(pos, `the result of '${callee.name}'`));
    tags.parameters.forEach((tag, i) => {
      const { name } = callee.parameters[i];
      if (tag.required)
        graph.require(
          values[i],
          pos,
          callee.name,
          `'${name}' of '${callee.name}' must be uniform: ${tag.required}`,
        );
      if (tag.contentsRequired) {
        graph.require(
          contents[i],
          pos,
          callee.name,
          `what '${name}' of '${callee.name}' points to must be uniform: ${tag.contentsRequired}`,
        );
      }
      if (tag.returned) graph.edge(result, values[i]);
      if (tag.contentsReturned) graph.edge(result, contents[i]);
      const access = accesses[i];
      if (!access) return;
      const sources = [
        ...tag.flowsIn.values.map((j) => values[j]),
        ...tag.flowsIn.contents.map((j) => contents[j]),
      ];
      if (tag.becomesNonUniform)
        sources.push(graph.source(pos, `what '${callee.name}' writes to '${access.root.name}'`));
      this.#write(access, access.full, cf, [...sources, access.path]);
    });
    return result;
  }

  /** Remembers what pointers hold where the function returns. */
  leave(): void {
    for (const [parameter, { exit }] of this.#contents)
      this.graph.edge(exit, this.state.get(parameter) as number);
  }

  /**
   * The locals that all incoming states know, each with the values of all of them; `before` if nothing arrives. What
   * a loop's body declares is still known in its continuing block.
   */
  join(before: State, incoming: readonly State[]): State {
    if (incoming.length === 0) return new Map(before);
    const [first, ...rest] = incoming;
    const joined: State = new Map();
    for (const [local, node] of first) {
      const nodes = new Set([node]);
      if (!rest.every((state) => state.has(local))) continue;
      for (const state of rest) nodes.add(state.get(local) as number);
      joined.set(local, nodes.size === 1 ? node : this.graph.node(...nodes));
    }
    return joined;
  }

  summarize(): FunctionTags {
    const { graph, function: f } = this;
    const required = graph.requirements.map(({ node, message }) => ({
      reached: graph.reachable(node),
      message,
    }));
    const demand = (node: number): string | null =>
      required.find(({ reached }) => reached.has(node))?.message ?? null;
    const returned = graph.reachable(this.returned);
    return {
      callSite: demand(this.start),
      returnsNonUniform: returned.has(graph.nonUniform),
      parameters: f.parameters.map((parameter, i): ParameterTags => {
        const contents = this.#contents.get(parameter);
        const exit = contents ? graph.reachable(contents.exit) : new Set<number>();
        const indices = f.parameters.map((_, j) => j);
        return {
          required: demand(this.#parameters[i]),
          contentsRequired: contents ? demand(contents.entry) : null,
          returned: returned.has(this.#parameters[i]),
          contentsReturned: contents ? returned.has(contents.entry) : false,
          becomesNonUniform: exit.has(graph.nonUniform),
          flowsIn: {
            values: indices.filter((j) => exit.has(this.#parameters[j])),
            contents: indices.filter((j) => {
              const other = this.#contents.get(f.parameters[j]);
              return other !== undefined && exit.has(other.entry);
            }),
          },
        };
      }),
    };
  }
}
