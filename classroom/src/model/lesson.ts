/** A training step, taken apart: four calls, and all of its tensors kept. */
import type { Loss, Module, Optimizer } from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import type { LayerInfo, Stage, StepTensor, TensorKind } from './types.ts';

export interface LessonOptions {
  /** Threads of the `wasm` device; the cores there are unless given. */
  readonly threads?: number;
  /** Makes the net on the lesson's runtime. */
  readonly net: (runtime: Runtime) => Module;
  readonly optimizer: (net: Module) => Optimizer;
  readonly loss: Loss;
  /** Bytes in the order of numpy's (N,H,W) or (N,H,W,C): the batch. */
  readonly images: Uint8Array;
  /** [C,H,W]. */
  readonly shape: readonly [number, number, number];
  readonly labels?: Uint8Array;
}

/** Opens a `wasm` device of its own, makes the net there and puts the batch beside it. */
export declare function openLesson(options: LessonOptions): Promise<Lesson>;

export declare class Lesson {
  readonly net: Module;
  /** Known after `forward`. `loss` is the last one. */
  readonly layers: readonly LayerInfo[];
  /** What was done last; undefined before `forward`. */
  readonly done: Stage | undefined;
  /** Each throws an Error if it is not its turn. After `update` the next `forward` begins the next step. */
  forward(): Promise<void>;
  loss(): Promise<void>;
  backward(): Promise<void>;
  update(): Promise<void>;
  /** Which tensors of a layer there are by now. */
  kinds(layer: string): readonly TensorKind[];
  /** @throws RangeError if there is no such tensor (yet); the message names those that there are. */
  tensor(layer: string, what: TensorKind): StepTensor;
  /** Frees the device. */
  close(): Promise<void>;
}
