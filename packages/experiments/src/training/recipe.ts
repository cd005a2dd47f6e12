/** How a row of the results is trained. Which rows there are, the tasks say. */
import { byAuc, type Target } from '../report/results.ts';

/** Names of the practical net's layers, from the input to the head. */
export const encoderLayers = ['conv1', 'bn1', 'conv2', 'bn2', 'conv3', 'bn3', 'conv4', 'bn4'] as const;
export const headLayer = 'fc';
export const allLayers: readonly string[] = [...encoderLayers, headLayer];

/** One stretch of training with fixed choices of what trains and how fast. */
export interface Phase {
  readonly name: string;
  /** Layers that train in an epoch (from 1); all others are frozen. */
  readonly layers: (epoch: number) => readonly string[];
  /** What frozen batch norms do: keep the source's running statistics, or re-estimate them on the target. */
  readonly batchNorm: 'eval' | 'reestimate';
  /** Learning rate of a layer. */
  readonly rate: (layer: string) => number;
  readonly epochs: number;
  /** Epochs without a better watched value before stopping; null: run all epochs. */
  readonly patience: number | null;
  /** What early stopping watches on validation. Default the loss. */
  readonly watches?: 'auc';
  /** Epochs over which the rate rises from 0. */
  readonly warmUpEpochs?: number;
}

/** A recipe as a task writes it. */
export interface TaskRecipe {
  /** Stable name in results, files and comparisons; begins with the task's id. */
  readonly variant: string;
  /** For people: shown in tables and legends. */
  readonly name: string;
  readonly target: Target;
  /** In every figure. */
  readonly colour: string;
  /** The plain training on all labels of its target: it says how many images the budget used. */
  readonly baseline?: true;
  /** Use the first n training images only. */
  readonly firstImages?: number;
  /** Where the encoder's weights come from: this net of the same seed, the autoencoder, or PyTorch's initialisation. */
  readonly encoderOf: string;
  readonly phases: readonly Phase[];
  readonly notes?: string;
}

/** How one row of the results is trained. */
export interface Recipe extends TaskRecipe {
  /** Id of the task that it belongs to. */
  readonly task: string;
}

export interface Protocol {
  readonly epochs: number;
  readonly patience: number;
  readonly autoencoderEpochs: number;
  readonly autoencoderPatience: number;
  readonly probeEpochs: number;
  /** Training images used at most (stratified); undefined: all. */
  readonly chestImages?: number;
  readonly pneumoniaImages?: number;
  readonly autoencoderImages?: number;
  /** Test images whose embeddings are shown, at most: the time of t-SNE grows with their square. */
  readonly embeddedImages: number;
}

/** How long a run may train. */
export type Budget = 'quick' | 'full';

/** The sheet's protocol with early stopping, and a short one for a first look. */
export const protocols: Readonly<Record<Budget, Protocol>> = {
  full: {
    epochs: 60,
    patience: 15,
    autoencoderEpochs: 20,
    autoencoderPatience: 20,
    probeEpochs: 10,
    embeddedImages: 700,
  },
  quick: {
    epochs: 20,
    patience: 6,
    autoencoderEpochs: 8,
    autoencoderPatience: 8,
    probeEpochs: 5,
    chestImages: 4000,
    pneumoniaImages: 2000,
    autoencoderImages: 6000,
    embeddedImages: 300,
  },
};

/** Learning rate and batch size of the sheet's notebook: SGD with momentum 0.9, batches of 64. */
export const baseRate = 1e-3;
export const batchSize = 64;

/** Trains all layers until early stopping on the validation loss. */
export function wholeNet({ epochs, patience }: Protocol): Phase {
  return {
    name: 'train',
    layers: () => allLayers,
    batchNorm: 'eval',
    rate: () => baseRate,
    epochs,
    patience,
  };
}

/** Trains the head on a frozen encoder. */
export function headOnly(protocol: Protocol): Phase {
  return { ...wholeNet(protocol), name: 'head only', layers: () => [headLayer] };
}

/** The same training, of which the epoch with the highest validation AUC is kept. */
export function keptByAuc(recipe: TaskRecipe, colour: string): TaskRecipe {
  return {
    ...recipe,
    variant: byAuc(recipe.variant),
    name: `${recipe.name}, kept by AUC`,
    colour,
    phases: recipe.phases.map((phase) => ({ ...phase, watches: 'auc' })),
    notes: 'the same training, watched by validation AUC',
  };
}
