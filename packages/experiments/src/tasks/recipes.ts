import type { Target, TaskId, VariantId } from '../report/results.ts';
import type { Budget } from '../run/options.ts';
import { fewImages, type LabelWords } from './data.ts';

/** Names of the practical net's layers, from the input to the head. */
export const encoderLayers = ['conv1', 'bn1', 'conv2', 'bn2', 'conv3', 'bn3', 'conv4', 'bn4'] as const;
export const headLayer = 'fc';

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

/** How one row of the results is trained. */
export interface Recipe {
  readonly variant: VariantId;
  readonly task: TaskId;
  readonly name: string;
  readonly target: Target;
  /** Use the first n training images only. */
  readonly firstImages?: number;
  /** Where the encoder's weights come from: this net of the same seed, the autoencoder, or PyTorch's initialisation. */
  readonly encoderOf: VariantId | 'autoencoder' | 'random';
  readonly phases: readonly Phase[];
  readonly notes?: string;
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
}

/** The sheet's protocol with early stopping, and a short one for a first look. */
export const protocols: Readonly<Record<Budget, Protocol>> = {
  full: { epochs: 60, patience: 15, autoencoderEpochs: 20, autoencoderPatience: 20, probeEpochs: 10 },
  quick: {
    epochs: 20,
    patience: 6,
    autoencoderEpochs: 8,
    autoencoderPatience: 8,
    probeEpochs: 5,
    chestImages: 4000,
    pneumoniaImages: 2000,
    autoencoderImages: 6000,
  },
};

/** Learning rate and batch size of the sheet's notebook: SGD with momentum 0.9, batches of 64. */
export const baseRate = 1e-3;
export const batchSize = 64;
/** The fine-tuning rate after a linear probe (a third of the base rate: Kumar et al. 2022 fine-tune gently). */
const fineTuneRate = 3e-4;
/** Ratio between the rates of neighbouring layers (Howard and Ruder 2018). */
const discriminativeRatio = 2.6;

const allLayers: readonly string[] = [...encoderLayers, headLayer];

/** Convolution and its batch norm count as one layer; the head is depth 0, the first convolution depth 4. */
function depth(layer: string): number {
  return layer === headLayer ? 0 : 5 - Number(layer.at(-1));
}

/** Every trained row of the practical, in the order in which they can be trained; `words` are for their names. */
export function recipes(
  protocol: Protocol,
  words: LabelWords = { few: '300 labels', all: 'all labels' },
): readonly Recipe[] {
  const { epochs, patience, probeEpochs } = protocol;
  const train: Phase = {
    name: 'train',
    layers: () => allLayers,
    batchNorm: 'eval',
    rate: () => baseRate,
    epochs,
    patience,
  };
  const byRanking: Phase = { ...train, watches: 'auc' };
  const head: Phase = { ...train, name: 'head only', layers: () => [headLayer] };
  const chestEncoder = '2-chest-all';
  const rows: readonly Recipe[] = [
    {
      variant: '1a-scratch',
      task: '1a',
      name: `Chest, ${words.few}, from scratch`,
      target: 'chest',
      firstImages: fewImages,
      encoderOf: 'random',
      phases: [train],
    },
    {
      variant: '1a-scratch-kept-by-auc',
      task: '1a',
      name: `Chest, ${words.few}, from scratch, kept by AUC`,
      target: 'chest',
      firstImages: fewImages,
      encoderOf: 'random',
      phases: [byRanking],
      notes: 'the same training, watched by validation AUC',
    },
    {
      variant: '1c-autoencoder',
      task: '1c',
      name: `Chest, ${words.few}, autoencoder weights`,
      target: 'chest',
      firstImages: fewImages,
      encoderOf: 'autoencoder',
      phases: [train],
    },
    {
      variant: '1c-autoencoder-kept-by-auc',
      task: '1c',
      name: `Chest, ${words.few}, autoencoder weights, kept by AUC`,
      target: 'chest',
      firstImages: fewImages,
      encoderOf: 'autoencoder',
      phases: [byRanking],
      notes: 'the same training, watched by validation AUC',
    },
    {
      variant: chestEncoder,
      task: '2',
      name: `Chest, ${words.all}`,
      target: 'chest',
      encoderOf: 'random',
      phases: [train],
    },
    {
      variant: '2-pneumonia-scratch',
      task: '2',
      name: 'Pneumonia, from scratch',
      target: 'pneumonia',
      encoderOf: 'random',
      phases: [train],
    },
    {
      variant: '2a-frozen-bn-eval',
      task: '2a',
      name: 'Pneumonia, frozen encoder (batch norm frozen)',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [head],
    },
    {
      variant: '2a-frozen-bn-reestimated',
      task: '2a',
      name: 'Pneumonia, frozen encoder (batch norm re-estimated)',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [{ ...head, batchNorm: 'reestimate' }],
    },
    {
      variant: '2b-trainable',
      task: '2b',
      name: 'Pneumonia, trainable encoder',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [train],
    },
    {
      variant: '3-linear-probe-fine-tune',
      task: '3',
      name: 'Linear probe, then fine-tune',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [
        { ...head, name: 'linear probe', epochs: probeEpochs, patience: null },
        { ...train, name: 'fine-tune', rate: () => fineTuneRate },
      ],
      notes: `LP-FT (Kumar et al. 2022): fine-tuning at rate ${fineTuneRate}`,
    },
    {
      variant: '3-gradual-unfreezing',
      task: '3',
      name: 'Gradual unfreezing',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [{ ...train, layers: (epoch) => allLayers.filter((layer) => depth(layer) < epoch) }],
      notes: 'one layer an epoch from the head down (ULMFiT, Howard and Ruder 2018)',
    },
    {
      variant: '3-discriminative-rates',
      task: '3',
      name: 'Discriminative learning rates',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [{ ...train, rate: (layer) => baseRate / discriminativeRatio ** depth(layer) }],
      notes: `each layer's rate is the next one's divided by ${discriminativeRatio} (Howard and Ruder 2018)`,
    },
    {
      variant: '3-warm-up',
      task: '3',
      name: 'Learning-rate warm-up',
      target: 'pneumonia',
      encoderOf: chestEncoder,
      phases: [{ ...train, warmUpEpochs: 2 }],
      notes: 'the rate rises linearly over two epochs while the head settles',
    },
  ];
  return rows;
}

/** Tasks whose discussion compares trainings of other tasks: asking for one runs those too. */
const builtOn: Partial<Record<TaskId, readonly TaskId[]>> = {
  '1b': ['1a'],
  '1c': ['1a'],
  '2a': ['2'],
  '2b': ['2'],
  '2c': ['2', '2a', '2b'],
  '3': ['2', '2b'],
};

/** The tasks asked for and those that they are compared with, in the sheet's order. */
export function withPrerequisites(tasks: readonly TaskId[], order: readonly TaskId[]): readonly TaskId[] {
  const wanted = new Set(tasks.flatMap((task) => [task, ...(builtOn[task] ?? [])]));
  return order.filter((task) => wanted.has(task));
}
