import { checkOptions, flag, type OptionTable, refuseOtherNames, show } from '@glassbox/options';
import { carryState, changeCount, noteChange, showsAs, Tensor } from '@glassbox/tensor-core/functions';
import { Counter, type ModuleBuffer } from './counter.ts';
import { type BatchNormChoice, type FreezeOptions, freezeNames, requireDecision } from './freeze.ts';
import { type LoadStateDictOptions, loadNames, loadState } from './load-state.ts';
import type { HostTensor, LoadReport, StateDict } from './state-dict.ts';
import { tree, treeHtml } from './tree.ts';

/** Which parameters are counted. */
export interface CountOptions {
  /** Count only what is not frozen. Default false. */
  readonly trainable?: boolean;
}

/** How often the mode of some module changed. */
let modeChanges = 0;

/** A number that changes whenever some `modeKey` may have changed: cheap enough to look at in every step. */
export function modeVersion(): number {
  return modeChanges + changeCount();
}

const countNames: OptionTable<CountOptions> = { trainable: flag };

/**
 * A part of a net: named parameters, named buffers and named children, with PyTorch's names and order. A subclass
 * registers its parts in its constructor (`child`, `parameter`, `buffer`) and says what it computes in `forward`.
 */
export abstract class Module {
  readonly #children = new Map<string, Module>();
  readonly #parameters = new Map<string, Tensor>();
  readonly #buffers = new Map<string, ModuleBuffer>();
  readonly #stepCounters = new Map<string, Counter>();
  #training = true;
  #frozenAs: BatchNormChoice | undefined;

  /** Computes the output for a batch. */
  abstract forward(x: Tensor): Tensor;

  /** True in training mode (the default), in which some layers do something else than in evaluation mode. */
  get training(): boolean {
    this.#carryMode();
    return this.#training;
  }

  /** Puts this module and all its parts into training mode, or with `false` into evaluation mode. */
  train(training = true): this {
    this.setTraining(training);
    for (const child of this.#children.values()) child.train(training);
    return this;
  }

  /** Changes the mode of this module alone, not of its parts. */
  setTraining(training: boolean): void {
    this.#carryMode();
    if (this.#training !== training) modeChanges++;
    this.#training = training;
  }

  /** A step that is recorded keeps the modes that it saw. */
  #carryMode(): void {
    carryState(
      this,
      () => this.#training,
      (training) => {
        this.#training = training;
      },
    );
  }

  /** Puts this module and all its parts into evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** Registers a part under a name and returns it. */
  protected child<M extends Module>(name: string, module: M): M {
    this.#claim(name);
    if (!(module instanceof Module)) {
      const whole =
        typeof module === 'function'
          ? '; make one with new'
          : Array.isArray(module)
            ? '; give layers one after the other: new Sequential(...layers)'
            : '';
      throw new TypeError(
        `${this.constructor.name}: part '${name}' must be a module, not ${show(module)}${whole}`,
      );
    }
    this.#children.set(name, module);
    return module;
  }

  /** Registers a learnt tensor under a name and returns it. */
  protected parameter(name: string, tensor: Tensor): Tensor {
    this.#claim(name);
    requireTensor(this, name, tensor);
    this.#parameters.set(name, tensor.requiresGrad_());
    return tensor.runtime.keep(tensor);
  }

  /** Registers state that is saved but not learnt. */
  protected buffer<B extends ModuleBuffer>(name: string, buffer: B): B {
    this.#claim(name);
    if (!(buffer instanceof Counter)) requireTensor(this, name, buffer);
    this.#buffers.set(name, buffer);
    // Also one that forward makes at its first call, inside of a step.
    if (!(buffer instanceof Counter)) buffer.runtime.keep(buffer);
    return buffer;
  }

  /**
   * Registers a counter that steps advance and that PyTorch does not save, such as the calls that decide a random mask.
   * `stateDict()` does not hold it, but a training's saved state does: without it, a training that goes on would draw
   * other numbers. It is advanced where a recorded step can repeat it, in `runtime.eachStep` or a `stepInput`.
   */
  protected stepCounter(name: string): Counter {
    this.#claim(name);
    const counter = new Counter();
    this.#stepCounters.set(name, counter);
    return counter;
  }

  #claim(name: string): void {
    if (typeof name !== 'string') {
      throw new TypeError(`Module: a part has a name before it: this.child('fc', module), not ${show(name)}`);
    }
    if (name === '' || name.includes('.')) {
      throw new RangeError(`Module: '${name}' cannot name a part: names are not empty and hold no dot`);
    }
    if (
      [this.#children, this.#parameters, this.#buffers, this.#stepCounters].some((parts) => parts.has(name))
    ) {
      throw new RangeError(`Module: there already is a part named '${name}'`);
    }
  }

  /** Direct parts by name. */
  namedChildren(): Map<string, Module> {
    return new Map(this.#children);
  }

  /** This module and all modules below it, with dotted names ('' for itself), each once. */
  namedModules(): Map<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    const visit = (prefix: string, module: Module): void => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(prefix, module);
      for (const [name, child] of module.#children) visit(prefix ? `${prefix}.${name}` : name, child);
    };
    visit('', this);
    return found;
  }

  /** This module and all modules below it. */
  modules(): Module[] {
    return [...this.namedModules().values()];
  }

  /** Learnt tensors with dotted names, in PyTorch's order; a shared tensor appears once, under its first name. */
  namedParameters(): Map<string, Tensor> {
    return this.#collect((module) => module.#parameters);
  }

  /** Learnt tensors, in PyTorch's order. */
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }

  /** State that is not learnt (running statistics, counters) with dotted names. */
  namedBuffers(): Map<string, ModuleBuffer> {
    return this.#collect((module) => module.#buffers);
  }

  /** State that is not learnt. */
  buffers(): ModuleBuffer[] {
    return [...this.namedBuffers().values()];
  }

  /** What steps advance and `stateDict()` does not hold, with dotted names. */
  namedStepCounters(): Map<string, Counter> {
    return this.#collect((module) => module.#stepCounters);
  }

  #collect<T extends ModuleBuffer>(own: (module: Module) => ReadonlyMap<string, T>): Map<string, T> {
    const found = new Map<string, T>();
    const seen = new Set<T>();
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of own(module)) {
        if (seen.has(value)) continue;
        seen.add(value);
        found.set(prefix ? `${prefix}.${name}` : name, value);
      }
    }
    return found;
  }

  /** Number of learnt values; with `trainable`, only those that are not frozen. */
  parameterCount(options: CountOptions = {}): number {
    checkOptions('parameterCount', options, countNames);
    const { trainable = false } = options;
    return this.parameters()
      .filter(({ requiresGrad }) => requiresGrad || !trainable)
      .reduce((sum, { size }) => sum + size, 0);
  }

  /** Everything that `stateDict()` holds, in PyTorch's order: per module its parameters, then its buffers. */
  namedState(): Map<string, ModuleBuffer> {
    const state = new Map<string, ModuleBuffer>();
    for (const [prefix, module] of this.namedModules()) {
      const dotted = (name: string) => (prefix ? `${prefix}.${name}` : name);
      for (const [name, value] of module.#parameters) state.set(dotted(name), value);
      for (const [name, value] of module.#buffers) state.set(dotted(name), value);
    }
    return state;
  }

  /** Copies the whole state to the host, under PyTorch's names, in its order and layouts. */
  async stateDict(): Promise<StateDict> {
    const entries = [...this.namedState()].map(
      async ([name, value]): Promise<[string, HostTensor]> => [name, await toHost(value)],
    );
    return new Map(await Promise.all(entries));
  }

  /**
   * Overwrites the state from the host, all or (on an error) nothing.
   * @returns what matched and what did not; without `strict`, only what matched was loaded.
   * @throws StateDictError if names or shapes differ and `strict` is true (the default), if an element type does not
   *   fit, or if a weight is not finite.
   */
  loadStateDict(state: StateDict, options: LoadStateDictOptions = {}): LoadReport {
    checkOptions('loadStateDict', options, loadNames);
    if (!(state instanceof Map)) {
      throw new TypeError(
        `loadStateDict: the state must be a Map of tensors by name, as stateDict() gives it, not ${show(state)}${
          (state as unknown) instanceof Promise ? '; await it' : ''
        }`,
      );
    }
    return loadState(this.namedState(), state, options);
  }

  /**
   * Stops learning here: no gradient is computed for these parameters and no optimiser changes them (no weight
   * decay, no momentum). Say what becomes of running statistics, if there are any.
   * @throws Error if this part holds running statistics and `batchNorm` is not given.
   */
  freeze(options: FreezeOptions = {}): this {
    checkOptions('freeze', options, freezeNames);
    const undecided = [...this.namedModules()].filter(([, module]) => module.hasRunningStatistics);
    requireDecision(
      options,
      undecided.map(([name]) => name),
    );
    this.#freezeAs(options.batchNorm);
    for (const parameter of this.parameters()) {
      parameter.requiresGrad_(false);
      parameter.grad = null;
    }
    return this;
  }

  #freezeAs(choice: BatchNormChoice | undefined): void {
    for (const module of this.modules()) module.setFrozenAs(choice);
  }

  /**
   * Changes what this module alone does with running statistics, not its parts, as if it were frozen (undefined: it
   * is not).
   */
  setFrozenAs(choice: BatchNormChoice | undefined): void {
    this.#frozenAs = choice;
    noteChange();
  }

  /** Lets everything here learn again, and running statistics follow the batches. */
  unfreeze(): this {
    this.#freezeAs(undefined);
    for (const parameter of this.parameters()) parameter.requiresGrad_();
    return this;
  }

  /** Drops the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /** A layer with running statistics says so: to freeze it needs a decision about them. */
  protected get hasRunningStatistics(): boolean {
    return false;
  }

  /** What `freeze` said about running statistics; undefined while not frozen. */
  get frozenAs(): BatchNormChoice | undefined {
    return this.#frozenAs;
  }

  /** What `toString` says of this module between brackets: sizes and options. A layer with any says which. */
  extraRepr(): string {
    return '';
  }

  /** This module and its parts as a tree, as PyTorch prints them: consoles and notebooks show it. */
  toString(): string {
    return tree(this);
  }

  /**
   * A text that changes whenever modes or frozen parts change: a recorded step is valid only as long as it is the
   * same.
   */
  modeKey(): string {
    const modules = this.modules().map(
      (module) => `${module.#training ? 't' : 'e'}${module.#frozenAs ?? ''}`,
    );
    const learning = this.parameters().map(({ requiresGrad }) => (requiresGrad ? '1' : '0'));
    return `${modules.join(' ')} ${learning.join('')}`;
  }
}

refuseOtherNames(Module.prototype, 'Module', {
  add_module: "child('name', module)",
  children: 'namedChildren()',
  cpu: "openRuntime({ device: 'wasm' }): a net lives where its Init says",
  cuda: "openRuntime({ device: 'webgpu' }): a net lives where its Init says",
  register_buffer: "buffer('name', tensor)",
  register_parameter: "parameter('name', tensor)",
  requires_grad_: 'freeze() and unfreeze()',
  to: 'openRuntime({ device }): a net lives where its Init says',
});
showsAs(Module.prototype, String, (module) => ({
  'text/plain': String(module),
  'text/html': treeHtml(module),
}));

function requireTensor(owner: Module, name: string, tensor: unknown): void {
  if (tensor instanceof Tensor) return;
  throw new TypeError(`${owner.constructor.name}: '${name}' must be a tensor, not ${show(tensor)}`);
}

async function toHost(value: ModuleBuffer): Promise<HostTensor> {
  if (value instanceof Counter) {
    return { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(value.value)) };
  }
  return { dtype: 'F32', shape: [...value.shape], data: (await value.array()) as Float32Array };
}
