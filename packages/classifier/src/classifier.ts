import {
  type Checkpoint,
  CheckpointError,
  headOf,
  leastParameters,
  type Module,
  makeNet,
  parseSafetensors,
  readSafetensors,
  readTorch,
  torchStateDict,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { type ClassifierSpec, classifierMetadata, specOf } from './spec.ts';

/** A trained net that knows its classes and its input. */
export interface Classifier extends ClassifierSpec {
  /** The net with its weights. */
  readonly module: Module;
  /** Where it computes. */
  readonly runtime: Runtime;
}

/**
 * Opens a classifier that `npm run train` or `npm run practical` wrote, or weights of which `spec` says what they are.
 * @param checkpoint the path (in Node) of a safetensors file or of PyTorch's (.pt, .pth); the bytes of a safetensors
 *   file, or what `parseSafetensors` made of them.
 * @param spec for weights of others: net, classes, size and channels. They must have been trained on images with
 *   values from -1 to 1 (mean 0.5, deviation 0.5).
 * @throws CheckpointError if it cannot be read, or its weights do not fit the net that it names.
 */
export async function openClassifier(
  runtime: Runtime,
  checkpoint: string | Uint8Array | Checkpoint,
  spec?: ClassifierSpec,
): Promise<Classifier> {
  const file = typeof checkpoint === 'string' ? checkpoint : 'the checkpoint';
  const { tensors, metadata } = await contentOf(checkpoint, file);
  const said = spec ? new Map(Object.entries(classifierMetadata(spec))) : metadata;
  const { net, classes, size, channels, seed } = specOf(said, file);
  const fail = (problem: string, cause?: unknown): never => {
    throw new CheckpointError(file, problem, 'The file is damaged or was changed: train it again.', {
      cause,
    });
  };
  // Shapes are compared before a net of the claimed size is made: a small file must not ask for much memory.
  const head = tensors.get(`${headOf(net)}.weight`);
  if (!head) fail(`has weights that do not fit the net ${net}: there is no '${headOf(net)}.weight'`);
  const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  if (numbers < leastParameters(net)) {
    fail(
      `has weights that do not fit the net ${net}: they are ${numbers}, of at least ${leastParameters(net)}`,
    );
  }
  const outputs = head!.shape[0];
  if (outputs !== classes.length) {
    fail(`names ${classes.length} classes, but its weights have ${outputs ?? 'no'} outputs`);
  }
  const module = makeNet(runtime, net, {
    numClasses: classes.length,
    inChannels: channels,
    imageSize: size,
    seed: 0,
  });
  try {
    module.loadStateDict(tensors);
  } catch (error) {
    fail(`has weights that do not fit the net ${net} (${(error as Error).message})`, error);
  }
  return { net, classes, size, channels, ...(seed === undefined ? {} : { seed }), module, runtime };
}

async function contentOf(checkpoint: string | Uint8Array | Checkpoint, file: string): Promise<Checkpoint> {
  if (typeof checkpoint === 'string') {
    if (!/\.(pt|pth)$/i.test(checkpoint)) return readSafetensors(checkpoint);
    return { tensors: torchStateDict(await readTorch(checkpoint), { name: file }), metadata: new Map() };
  }
  return checkpoint instanceof Uint8Array ? parseSafetensors(checkpoint, file) : checkpoint;
}
