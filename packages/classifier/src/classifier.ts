import {
  type Checkpoint,
  CheckpointError,
  type Module,
  parseSafetensors,
  readSafetensors,
  type StateDict,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { makeNet } from './nets.ts';
import { type ClassifierSpec, specOf } from './spec.ts';

/** A trained net that knows its classes and its input. */
export interface Classifier extends ClassifierSpec {
  readonly module: Module;
  readonly runtime: Runtime;
}

/**
 * Opens a classifier that `npm run train` or `npm run practical` wrote.
 * @param checkpoint the file's path (in Node), its bytes, or what `parseSafetensors` made of them.
 * @throws CheckpointError if it cannot be read, or its weights do not fit the net that it names.
 */
export async function openClassifier(
  runtime: Runtime,
  checkpoint: string | Uint8Array | Checkpoint,
): Promise<Classifier> {
  const file = typeof checkpoint === 'string' ? checkpoint : 'the checkpoint';
  const { tensors, metadata } = await contentOf(checkpoint, file);
  const spec = specOf(metadata, file);
  const fail = (problem: string, cause?: unknown): never => {
    throw new CheckpointError(file, problem, 'The file is damaged or was changed: train it again.', {
      cause,
    });
  };
  // Shapes are compared before a net of the claimed size is made: a small file must not ask for much memory.
  const outputs = outputsOf(tensors);
  if (outputs !== spec.classes.length) {
    fail(`names ${spec.classes.length} classes, but its weights have ${outputs ?? 'no'} outputs`);
  }
  const { net, classes, size, channels, seed } = spec;
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
  if (typeof checkpoint === 'string') return readSafetensors(checkpoint);
  return checkpoint instanceof Uint8Array ? parseSafetensors(checkpoint, file) : checkpoint;
}

/** Outputs of the last linear layer, by PyTorch's names. */
function outputsOf(tensors: StateDict): number | undefined {
  return (tensors.get('fc3.weight') ?? tensors.get('fc.weight'))?.shape[0];
}
