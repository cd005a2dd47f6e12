/** What the room's Worker tells its page. */
import type { Place, Stage } from '../../model/index.ts';
import type { LayerKind } from '../../playground/net.ts';
import type { Values } from '../../playground/training.ts';
import type { Packed, TensorName } from './packed.ts';

/** Rows of the table that the page draws, in the order in which a step fills them. */
export const bands = ['output', 'outputGradient', 'weight', 'weightGradient', 'weightChange'] as const;
export type Band = (typeof bands)[number];

export interface LessonLayer {
  /** Its name in the lesson: `0`, `1`, … and `loss`. */
  readonly name: string;
  readonly kind: LayerKind | 'loss';
  /** Counts the layers of its kind from 1. */
  readonly number: number;
  /** Tensors that can be looked at by now. */
  readonly known: readonly TensorName[];
  /** What the table draws; activations are those of one image. */
  readonly tensors: Partial<Readonly<Record<Band, Values>>>;
}

export interface LessonView {
  /** Parts of steps that were done since the lesson began: four make a step. */
  readonly parts: number;
  readonly done: Stage;
  readonly loss: number | undefined;
  /** The image of the batch that the table shows, and its pixels as the net gets them. */
  readonly image: number;
  readonly input: Values;
  /** Label of each image of the batch. */
  readonly labels: readonly number[];
  readonly layers: readonly LessonLayer[];
}

/** Part of a tensor that can be drawn: a map, a filter, or a vector folded into rows. */
export interface MapView extends TensorName {
  /** The fixed first dimensions: image and channel of a map. */
  readonly lead: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** As many as the map has elements; a folded vector may leave the end of its last row empty. */
  readonly values: Float32Array<ArrayBuffer>;
  /** The largest absolute value of the whole tensor. */
  readonly largest: number;
}

/** A map with the operands in it. */
export interface OperandMap extends MapView {
  /** Places in the map that were read. */
  readonly marks: Int32Array<ArrayBuffer>;
  /** Elements of the tensor that were read, in all its maps. */
  readonly count: number;
}

/** Elements side by side as a formula reads them: a window of a map, or a filter. */
export interface Patch extends TensorName {
  /** Row-major; `outside` for what lies in the padding, `between` for what no output of a stride falls on. */
  readonly at: Int32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
  /** The whole map, of which the patch is a part. */
  readonly map?: {
    readonly lead: readonly number[];
    readonly rows: number;
    readonly columns: number;
    readonly values: Float32Array<ArrayBuffer>;
  };
}

export const outside = -1;
export const between = -2;

/** Two patches that are multiplied place by place, or one that is summed. */
export interface Panel {
  /** Which channel, filter or image it is about, counted from 0. */
  readonly number: number;
  readonly left: Patch;
  readonly right: Patch | undefined;
  readonly products: Float32Array<ArrayBuffer>;
  /** Their sum in float64. */
  readonly sum: number;
}

/** The textbook's formula as pictures: the sum of these panels, and of a bias. */
export interface Pairing {
  readonly over: 'channel' | 'filter' | 'image' | 'all';
  readonly rows: number;
  readonly columns: number;
  /** The right patch is the filter turned by 180°. */
  readonly turned: boolean;
  /** The right patch is the input of batch norm, normalised. */
  readonly normalised: boolean;
  readonly bias: { readonly tensor: TensorName; readonly flat: number; readonly value: number } | undefined;
  readonly panels: readonly Panel[];
}

/** Whether a number passes a ReLU or a dropout: what decided it. */
export interface Mask {
  readonly kind: 'relu' | 'dropout';
  readonly passes: boolean;
  /** The number that ReLU looked at; of dropout the one that was kept or not. */
  readonly place: Place;
  readonly value: number;
}

/** A number, explained. */
export interface Explained {
  readonly place: Place;
  readonly value: number;
  /** Names of the kernels that ran, the last one first. */
  readonly kernels: readonly string[];
  readonly formula: Packed & { readonly root: number };
  readonly operands: readonly OperandMap[];
  readonly pairing: Pairing | undefined;
  readonly mask: Mask | undefined;
}
