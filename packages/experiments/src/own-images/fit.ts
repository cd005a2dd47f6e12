/** Trains the net of a run: the best epoch by validation AUC, resumable after each epoch. */
import { existsSync } from 'node:fs';
import { makeNet } from '@glassbox/classifier';
import { macroAuc } from '@glassbox/metrics';
import {
  Adam,
  AdamW,
  crossEntropyLoss,
  type Examples,
  examples,
  type FitResult,
  fit,
  type Module,
  readFitState,
  SGD,
  terminalProgress,
  withRows,
  writeFitState,
} from '@glassbox/nn';
import { type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import type { RunFolder } from '../run/folder.ts';
import { augmentationOf } from './augment.ts';
import type { TrainOptions } from './options.ts';
import type { Splits } from './split.ts';

/** Images and labels of a run, and who uses which. */
export interface SplitImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly channels: 1 | 3;
  readonly numClasses: number;
  readonly splits: Splits;
}

/** A trained net, and the data on its device. */
export interface TrainedNet {
  readonly net: Module;
  readonly data: Readonly<Record<keyof Splits, Examples>>;
  readonly result: FitResult;
}

/** What watches a training. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** Where the state of a training in progress lies. */
export const stateFile = (folder: RunFolder) => folder.file('checkpoints', 'training.safetensors');

/** Trains, or goes on with the state that the folder holds. */
export async function trainNet(
  runtime: Runtime,
  options: TrainOptions,
  { images, labels, channels, numClasses, splits }: SplitImages,
  folder: RunFolder,
  { signal, note }: Watch,
): Promise<TrainedNet> {
  const { size, seed, epochs, batch, patience } = options;
  const all = examples(runtime, { images, labels, shape: [channels, size, size] });
  const data = {
    train: withRows(all, splits.train),
    val: withRows(all, splits.val),
    test: withRows(all, splits.test),
  };
  const net = makeNet(runtime, options.net, { numClasses, inChannels: channels, imageSize: size, seed });
  const transform = augmentationOf(runtime, options.augment, seed, all.normalization);
  const valLabels = splits.val.map((row) => labels[row]);
  const weight =
    options.classWeights === 'balanced' ? balanced(runtime, labels, splits.train, numClasses) : undefined;
  const file = stateFile(folder);
  const display = terminalProgress(process.stderr, options.net);
  try {
    const result = await fit(net, {
      train: data.train,
      val: data.val,
      loss: crossEntropyLoss(weight ? { weight } : {}),
      optimizer: optimizerOf(options, net.parameters()),
      ...(transform ? { transform } : {}),
      epochs,
      batchSize: batch,
      seed,
      earlyStopping: { patience, monitor: 'auc' },
      scores: ({ values, width }) => ({ auc: macroAuc({ logits: values, width, labels: valLabels }) }),
      onEpoch: async (record) => {
        await folder.log(options.net, record);
        display.clear();
        const { epoch, trainLoss, valLoss, scores, seconds } = record;
        note(
          `  epoch ${epoch} of at most ${epochs}: loss ${trainLoss.toFixed(3)}, validation loss ` +
            `${valLoss?.toFixed(3)}, AUC ${scores.auc.toFixed(3)}, ${seconds.toFixed(1)} s`,
        );
      },
      queueAhead: true,
      checkpoint: (state) => writeFitState(file, state),
      ...(existsSync(file) ? { resume: await readFitState(file) } : {}),
      signal,
      progress: display.update,
    });
    return { net, data, result };
  } finally {
    display.clear();
  }
}

/** The optimiser in words, and itself. */
export const optimizerNames = { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD, momentum 0.9' } as const;

function optimizerOf({ optimizer, lr }: TrainOptions, parameters: readonly Tensor[]) {
  if (optimizer === 'sgd') return new SGD(parameters, { lr, momentum: 0.9 });
  return optimizer === 'adam' ? new Adam(parameters, { lr }) : new AdamW(parameters, { lr });
}

/** Factors n / (K n_k): each class counts alike in the loss (scikit-learn's `class_weight='balanced'`). */
function balanced(runtime: Runtime, labels: Uint8Array, rows: readonly number[], classes: number): Tensor {
  const counts = new Float64Array(classes);
  for (const row of rows) counts[labels[row]]++;
  return tensor(
    runtime,
    Float32Array.from(counts, (count) => rows.length / (classes * count)),
    [classes],
  );
}
