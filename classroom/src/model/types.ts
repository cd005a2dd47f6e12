/** What the model of the classroom tells a page: tensors of a step by name, and where one number comes from. */

/** The four parts of a training step, in their order. */
export type Stage = 'forward' | 'loss' | 'backward' | 'update';

/** One layer of the net, in the order of the forward pass. */
export interface LayerInfo {
  /** Its dotted name in the net: `conv1`; a layer without parameters has a name of its own: `relu1`. */
  readonly name: string;
  /** Its class: `Conv2d`. */
  readonly type: string;
  /** As the net prints it: `Conv2d(1, 16, kernel_size=(3, 3), …)`. */
  readonly text: string;
  /** Its own parameters: `weight`, `bias`. */
  readonly parameters: readonly string[];
  /** Parameters that an update leaves as they are. */
  readonly frozen: boolean;
}

/**
 * Which tensor of a layer:
 *
 * - `input`, `output`: after `forward`;
 * - `inputGradient`, `outputGradient`: d loss / d of these, after `backward`;
 * - `weight`, `bias` (or another parameter's name): before the update;
 * - `weightGradient`, …: d loss / d parameter, after `backward`;
 * - `weightAfter`, …: after `update`; `weightChange`, …: what the update added, `after - before` in float32.
 *
 * The loss is the layer `loss`: its `input` are the net's outputs, its `output` has one element.
 */
export type TensorKind = string;

/** A tensor of the step, read back. */
export interface StepTensor {
  readonly layer: string;
  readonly what: TensorKind;
  readonly shape: readonly number[];
  /** Row-major in the logical shape: images N,C,H,W, filters K,C,R,S. The bits of the device. */
  readonly values: Float32Array | Uint32Array;
}

/** One element of a tensor. */
export interface Place {
  readonly layer: string;
  readonly what: TensorKind;
  /** One number for each dimension of the tensor's shape. */
  readonly index: readonly number[];
}

/** A number that was read: an element of a tensor of the step. */
export interface Element {
  readonly kind: 'element';
  readonly value: number;
  readonly place: Place;
}

/** A number that stands in the kernel, or that the host gave it: a learning rate, a count, the padding's zero. */
export interface Constant {
  readonly kind: 'constant';
  readonly value: number;
  /** Where it comes from, if the kernel did not have it in its text: `padding`, `hyperparameter 0`. */
  readonly name?: string;
}

/** One term of a sum. */
export interface Term {
  /** What is added: a product of two, or one number. */
  readonly factors: readonly [Expression, Expression] | readonly [Expression];
  /** -1 if it is taken away. */
  readonly sign: 1 | -1;
  /** Product and addition were rounded once, together (a fused multiply-add). Else each was rounded to float32. */
  readonly fused: boolean;
  /** The sum up to and with this term, as it was rounded. */
  readonly sum: number;
}

/** Terms that were added one after another, in the kernel's own order. A partial sum of a cascade is a sum in it. */
export interface Sum {
  readonly kind: 'sum';
  readonly value: number;
  /** What the first term was added to. */
  readonly start: Expression;
  readonly terms: readonly Term[];
}

/**
 * Any other operation: `multiply`, `divide`, `sqrt`, `exp`, `log`, `max`, … `select` has two arguments and the value of
 * the first: the kernel compared them, or something else, and left the second.
 */
export interface Operation {
  readonly kind: 'operation';
  readonly name: string;
  readonly value: number;
  readonly args: readonly Expression[];
}

/** Where a number comes from, down to elements of tensors of the step. */
export type Expression = Element | Constant | Sum | Operation;

/** One number, explained. */
export interface Explanation {
  readonly place: Place;
  /** Bit for bit the tensor's element. */
  readonly value: number;
  /** How the running net's own kernels computed it. An `element` if it is what the step began with. */
  readonly expression: Expression;
  /** The products of elements in it, in the order in which they were added: what one draws on the images. */
  readonly products: readonly Product[];
  /** Names of the kernels that ran for it, the last one first: `conv2dForward`. */
  readonly kernels: readonly string[];
}

/** Two elements that were multiplied, or one that was added as it is. */
export interface Product {
  readonly factors: readonly Element[];
  readonly value: number;
}
