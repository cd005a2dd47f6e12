import {
  checkOptions,
  checkValue,
  type Kind,
  number,
  type OptionTable,
  refuseOtherNames,
  show,
} from '@glassbox/options';
import {
  Arena,
  clipGradients,
  gradientNorm,
  ParameterArena,
  type Runtime,
  stepInput,
  Tensor,
  tensor,
} from '@glassbox/tensor-core/functions';
import { frozen, hyperSize } from '@glassbox/wgsl-kernels';
import type { HostTensor } from '../module/state-dict.ts';
import type { OptimizerState } from './state.ts';

/** Parameters that share their hyperparameters. What a group leaves out, the optimiser's options say. */
export type ParameterGroup<H> = { readonly parameters: readonly Tensor[] } & Partial<H>;

/** A group as the optimiser keeps it. Change its values between steps; recorded steps see the change. */
export type ActiveGroup<H> = H & {
  readonly parameters: readonly Tensor[];
  /** The rate that the group was made with: what `scaleRates` multiplies. */
  readonly initialLr: number;
};

/**
 * Updates parameters from their gradients. Creating an optimiser moves its parameters' memory into one arena and
 * gives their gradients another, so that a step is one dispatch. A parameter without a gradient (frozen, or not used)
 * is left alone: no decay, no momentum, and its count of steps stands still, as in PyTorch.
 */
export abstract class Optimizer<H extends { lr: number } = { lr: number }> {
  /** The optimiser's name in saved states. */
  abstract readonly kind: string;
  /** Groups of parameters with their numbers, as in PyTorch's `param_groups`. */
  readonly groups: ActiveGroup<H>[];
  /** All parameters, group by group. */
  readonly parameters: readonly Tensor[];
  /** The memory of parameters and gradients. */
  protected readonly arena: ParameterArena;
  readonly #runtime: Runtime;
  readonly #stateArenas: ReadonlyMap<string, Arena>;
  readonly #groupOf: readonly number[];
  readonly #steps: number[];

  /**
   * @param parameters a list of parameters, or groups of them.
   * @param defaults every hyperparameter, for what groups leave out.
   * @param names the hyperparameters' names and kinds.
   * @param stateNames what is kept per parameter, under PyTorch's names.
   */
  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<H>[],
    defaults: H,
    names: OptionTable<H>,
    stateNames: readonly string[],
  ) {
    const owner = new.target.name;
    checkOptions(owner, defaults, names);
    requireParameters(owner, parameters);
    if (!isTensors(parameters)) {
      for (const [index, { parameters: own, ...hyper }] of parameters.entries()) {
        checkOptions(`${owner}: group ${index}`, hyper as unknown as Partial<H>, optional(names));
        requireTensors(`${owner}: group ${index}`, own);
      }
    }
    const groups = isTensors(parameters) ? [{ parameters }] : (parameters as readonly ParameterGroup<H>[]);
    this.groups = groups.map((group) => {
      const given = Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined));
      const merged = { ...defaults, ...given } as H & { parameters: readonly Tensor[] };
      // Sealed: a hyperparameter that is set later under a name that does not exist is an error, too.
      return Object.seal({ ...merged, initialLr: merged.lr });
    });
    this.parameters = this.groups.flatMap((group) => group.parameters);
    this.#groupOf = this.groups.flatMap((group, index) => group.parameters.map(() => index));
    if (this.parameters.length === 0) {
      throw new RangeError('Optimizer: no parameters; give model.parameters() or groups of them');
    }
    if (new Set(this.parameters).size !== this.parameters.length) {
      throw new RangeError('Optimizer: a parameter appears twice; give each to one group only');
    }
    this.#runtime = this.parameters[0].runtime;
    this.arena = new ParameterArena(this.#runtime, this.parameters);
    const layouts = this.parameters.map(({ layout }) => layout);
    this.#stateArenas = new Map(stateNames.map((name) => [name, new Arena(this.#runtime, layouts, name)]));
    this.#steps = this.parameters.map(() => 0);
  }

  /** The 8 numbers that the kernel reads for a parameter of `group` at its own step number (from 1). */
  protected abstract hyper(group: ActiveGroup<H>, step: number): readonly number[];

  /** Dispatches the update. */
  protected abstract dispatch(groups: Tensor, hyper: Tensor): void;

  /** The memory of one kind of state, such as momenta: a place for each parameter. */
  protected stateArena(name: string): Arena {
    return this.#stateArenas.get(name)!;
  }

  /**
   * Updates every parameter that has a gradient, with what stands in its `grad`. May be recorded: rates and step
   * numbers are read anew at each replay.
   * @throws Error if another optimiser was made for the same parameters since.
   */
  step(): void {
    this.#requireCurrent();
    const active = this.arena.gatherGradients();
    this.#runtime.eachStep(() => {
      this.#requireCurrent();
      for (const index of active) this.#steps[index]++;
    });
    // Every parameter has a row of its own, so that its count of steps can be its own.
    const hyper = stepInput(this.#runtime, [this.parameters.length * hyperSize], 'f32', () => {
      const rows = new Float32Array(this.parameters.length * hyperSize);
      for (const index of active) {
        rows.set(this.hyper(this.groups[this.#groupOf[index]], this.#steps[index]), index * hyperSize);
      }
      return rows;
    });
    this.dispatch(this.#blockOwners(active), hyper);
  }

  /** Forgets the gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  /**
   * Scales all gradients so that their Euclidean norm together is at most `maxNorm`
   * (`torch.nn.utils.clip_grad_norm_`). Call it between `backward` and `step`.
   * @param maxNorm above 0; `Infinity` only measures the norm.
   * @returns the norm before, a tensor of one element. Where it is not finite, the gradients become NaN, or 0 if it
   *   only overflowed.
   */
  clipGradients(maxNorm: number): Tensor {
    this.#requireCurrent();
    const owners = this.#blockOwners(this.arena.gatherGradients({ take: true }));
    const norm = gradientNorm(this.arena, owners);
    clipGradients(this.arena, owners, norm, maxNorm);
    return norm;
  }

  /** Sets each group's rate to `factor` times the rate that it was made with: what schedules do. */
  scaleRates(factor: number): void {
    checkValue('scaleRates', 'factor', factor, number);
    for (const group of this.groups) group.lr = group.initialLr * factor;
  }

  /** The groups' hyperparameters as they are now: the part of `stateDict` that the host keeps. */
  hyperState(): OptimizerState['groups'] {
    return this.groups.map(({ parameters, ...hyper }) => ({ size: parameters.length, hyper }));
  }

  /** Copies the state to the host, as it is at the call: steps that are queued meanwhile do not show. */
  async stateDict(): Promise<OptimizerState> {
    const groups = this.hyperState();
    const steps = [...this.#steps];
    const members = [...this.#stateArenas].flatMap(([name, arena]) =>
      this.parameters.map(async ({ shape }, index): Promise<[string, HostTensor]> => {
        const data = (await this.#member(arena, index).array()) as Float32Array;
        return [`${index}.${name}`, { dtype: 'F32', shape: [...shape], data }];
      }),
    );
    return { kind: this.kind, groups, steps, tensors: new Map(await Promise.all(members)) };
  }

  /**
   * Goes on from a saved state, hyperparameters included.
   * @throws RangeError if it is another optimiser's or its groups or shapes differ; nothing is changed then.
   */
  loadStateDict(state: OptimizerState): void {
    const fail = (problem: string): never => {
      throw new RangeError(`Optimizer.loadStateDict: ${problem}; build the optimiser as it was when saved`);
    };
    if (state.kind !== this.kind) fail(`the state is ${state.kind}'s, this is ${this.kind}`);
    const sizes = this.groups.map(({ parameters }) => parameters.length);
    const found = state.groups.map(({ size }) => size);
    if (String(found) !== String(sizes))
      fail(`the state has groups of [${found}] parameters, this has [${sizes}]`);
    if (state.steps.length !== this.parameters.length)
      fail(`the state has ${state.steps.length} step counts`);
    for (const [index, { hyper }] of state.groups.entries()) {
      const unknown = Object.keys(hyper).find((name) => !(name in this.groups[index]));
      if (unknown !== undefined) fail(`group ${index} has '${unknown}', which ${this.kind} does not know`);
    }
    const writes: (() => void)[] = [];
    for (const [name, arena] of this.#stateArenas) {
      for (const [index, { shape, size }] of this.parameters.entries()) {
        const given = state.tensors.get(`${index}.${name}`);
        if (!given || String(given.shape) !== String(shape) || given.data.length !== size) {
          fail(`${name} of parameter ${index} is [${given?.shape ?? 'missing'}] where [${shape}] is needed`);
        }
        writes.push(() => this.#member(arena, index).write(given!.data as Float32Array));
      }
    }
    for (const write of writes) write();
    for (const [index, { hyper }] of state.groups.entries()) Object.assign(this.groups[index], hyper);
    for (const [index, count] of state.steps.entries()) this.#steps[index] = count;
  }

  #member(arena: Arena, index: number): Tensor {
    const { layout } = this.parameters[index];
    return new Tensor(this.#runtime, layout, 'f32', arena.slot(index));
  }

  #requireCurrent(): void {
    if (this.arena.current) return;
    throw new Error(
      'Optimizer: another optimiser was made for the same parameters since; use that one, ' +
        'or one optimiser with several groups',
    );
  }

  /** For each block of the arena the parameter that owns it, or `frozen`. */
  #blockOwners(active: readonly number[]): Tensor {
    const { values } = this.arena;
    const owners = new Uint32Array(values.blocks).fill(frozen);
    for (const index of active) {
      const start = values.blockOf(index);
      const end = index + 1 < this.parameters.length ? values.blockOf(index + 1) : values.blocks;
      owners.fill(index, start, end);
    }
    return tensor(this.#runtime, owners, [owners.length], { dtype: 'u32' });
  }
}

refuseOtherNames(Optimizer.prototype, 'Optimizer');

/** An optimiser's options with what they leave out. What they are is checked later; that they are an object, here. */
export function withDefaults<O extends object, D extends object>(
  owner: string,
  options: O,
  defaults: D,
): D & O {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${owner}: options are given as an object, { lr: 1e-3 }, not as ${show(options)}`);
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as D & O;
}

/** The same names, none of them required: what a group leaves out, the optimiser's options say. */
function optional<H>(names: OptionTable<H>): OptionTable<Partial<H>> {
  const kinds = Object.entries<Kind>(names).map(([name, kind]) => [name, { ...kind, required: false }]);
  return Object.fromEntries(kinds) as OptionTable<Partial<H>>;
}

function requireParameters(owner: string, parameters: unknown): void {
  if (Array.isArray(parameters)) {
    const isGroup = (item: unknown) =>
      typeof item === 'object' && item !== null && 'parameters' in item && !('forward' in item);
    if (!parameters.every(isGroup)) requireTensors(owner, parameters);
    return;
  }
  throw new TypeError(
    `${owner}: parameters must be a list, model.parameters() or groups { parameters, lr, … }, not ${show(parameters)}`,
  );
}

function requireTensors(owner: string, parameters: unknown): void {
  if (!Array.isArray(parameters)) {
    throw new TypeError(`${owner}: parameters must be a list of tensors, not ${show(parameters)}`);
  }
  for (const [index, item] of parameters.entries()) {
    if (item instanceof Tensor) continue;
    const group = typeof item === 'object' && item !== null && 'params' in item;
    throw new TypeError(
      `${owner}: parameter ${index} must be a tensor, not ${show(item)}${
        group ? '; a group is { parameters, lr, … }' : ''
      }`,
    );
  }
}

function isTensors(list: readonly unknown[]): list is readonly Tensor[] {
  return list.every((item) => item instanceof Tensor);
}
