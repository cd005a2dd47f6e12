/** What the Workers of this room tell the page. */
import type { LayerKind } from '../../playground/net.ts';

/** Parts of a training step, in order. */
export const stages = ['batch', 'forward', 'loss', 'backward', 'update'] as const;
export type Stage = (typeof stages)[number];

/** Whose kernel it is: a layer of the net, or what comes before and after it. */
export interface Owner {
  readonly kind: LayerKind | 'batch' | 'loss' | 'optimizer';
  /** Counts the layers of its kind from 1. */
  readonly number: number;
}

export interface BindingInfo {
  readonly name: string;
  readonly access: 'read' | 'read_write';
  /** `f32 [32,8,28,28]`, or the number of words. */
  readonly content: string;
}

/** A kernel of a training step. */
export interface KernelInfo {
  /** The same for the same place in a step: in addresses. */
  readonly id: string;
  /** Its place in the order of launch, from 1. */
  readonly place: number;
  readonly name: string;
  readonly owner: Owner;
  readonly stage: Stage;
  readonly workgroups: readonly [number, number, number];
  readonly bindings: readonly BindingInfo[];
  readonly wgsl: string;
  /** How often a step launches this very text. */
  readonly launches: number;
  /** What is computed by it, or with the kernels that `together` names. */
  readonly formula: string;
  /** The folder of its source in `packages/wgsl-kernels/src`. */
  readonly folder: string;
  /** Names of the kernels whose result is judged: itself, and those that finish what it begins. */
  readonly together: readonly string[];
  /** Names of the results that are compared with the float64 twin. */
  readonly outputs: readonly string[];
}

/** Which numbers the kernel was tried on. */
export type Operands = 'step' | 'random';

export interface WrongElement {
  /** In PyTorch's order of dimensions. */
  readonly index: readonly number[];
  /** In an arena: the parameter that it belongs to, and `index` is the place in it. */
  readonly parameter?: string;
  readonly expected: number;
  readonly got: number;
}

/** One result beside that of the float64 twin. */
export interface OutputVerdict {
  readonly name: string;
  readonly operands: Operands;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly wrong: number;
  /** The first in PyTorch's order. */
  readonly first?: WrongElement;
  /** The one farthest from the right number. */
  readonly worst?: WrongElement;
  /** The largest difference that rounding explains. */
  readonly allowed: number;
  /** The largest difference that there is. */
  readonly largest: number;
  /** Words of the padding that are not 0. */
  readonly dirty: number;
  /** Differences, of the worst element's image if it is a batch of images. */
  readonly errors?: {
    readonly shape: readonly number[];
    readonly values: Float32Array;
    readonly image?: number;
  };
}

/** A gradient beside the quotient of differences of its forward function in float64. */
export interface DifferenceVerdict {
  readonly output: string;
  readonly index: readonly number[];
  readonly got: number;
  readonly quotient: number;
  readonly right: boolean;
}

export interface TextMessage {
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What became of a text. */
export type Verdict =
  /** It cannot be compiled. */
  | { readonly kind: 'text'; readonly messages: readonly TextMessage[] }
  /** It ran. Green if nothing is wrong. */
  | {
      readonly kind: 'judged';
      readonly green: boolean;
      readonly outputs: readonly OutputVerdict[];
      readonly differences: readonly DifferenceVerdict[];
      /** Milliseconds in the Worker, with compiling. */
      readonly milliseconds: number;
    }
  /** It accessed something outside of a buffer, or did not end. */
  | { readonly kind: 'failed'; readonly reason: string; readonly place?: TextMessage };
