import { copyStorage } from './primitives/accumulate.ts';
import { Arena } from './runtime/arena.ts';
import { noteChange } from './runtime/changes.ts';
import type { Runtime } from './runtime/runtime.ts';
import { isLive, liesIn } from './runtime/storage.ts';
import { copyInto, type Tensor } from './tensor.ts';

/** Parameters and their gradients side by side in two arenas, so that one dispatch can update all of them. */
export class ParameterArena {
  /** The parameters, in the order of their places. */
  readonly parameters: readonly Tensor[];
  /** What the parameters are. */
  readonly values: Arena;
  /** A place for the gradient of each parameter. */
  readonly gradients: Arena;

  /** Moves the parameters' memory into the arena; their values stay the same. */
  constructor(runtime: Runtime, parameters: readonly Tensor[]) {
    const layouts = parameters.map(({ layout }) => layout);
    noteChange(); // recorded steps use the memory where the parameters lay
    this.parameters = parameters;
    this.values = new Arena(runtime, layouts, 'parameters');
    this.gradients = new Arena(runtime, layouts, 'gradients');
    for (const [index, parameter] of parameters.entries()) {
      const slot = this.values.slot(index);
      const before = parameter.storage;
      copyStorage(runtime, before, slot);
      before.moved = true;
      if (!before.pinned) runtime.release(before);
      parameter.storage = slot;
      parameter.gradStorage = this.gradients.slot(index);
    }
  }

  /**
   * Finds the parameters that have a gradient and copies those gradients that lie elsewhere to their places: the
   * caller's own, and those from before there was an arena.
   * @param take the copies stand in `grad` from now on, for one who changes what lies in the arena.
   * @returns their numbers.
   * @throws Error if a gradient's content is gone.
   */
  gatherGradients({ take = false } = {}): number[] {
    const found: number[] = [];
    for (const [index, parameter] of this.parameters.entries()) {
      const gradient = parameter.heldGrad;
      if (!gradient) continue;
      if (!isLive(gradient.storage)) {
        throw new Error(
          `Optimizer: the gradient of parameter ${index} ([${parameter.shape}]) belongs to a step that failed, ` +
            'or to a recording that was disposed of; call zeroGrad() first',
        );
      }
      found.push(index);
      const place = parameter.gradStorage!;
      if (liesIn(gradient.storage, place)) continue;
      const copy = copyInto(place, gradient, parameter.layout);
      if (take) parameter.takeGrad(copy);
    }
    return found;
  }

  /** True while no other arena has taken the parameters over. */
  get current(): boolean {
    return this.parameters.every(({ storage }) => storage.buffer === this.values.buffer);
  }
}
