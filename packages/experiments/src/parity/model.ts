import {
  Adam,
  AdamW,
  Autoencoder,
  MedMnistNet,
  type Module,
  type Optimizer,
  PracticalNet,
  SGD,
  type StateDict,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import { ParityInputError } from './errors.ts';
import type { Golden } from './golden.ts';
import type { ParityOptimizer } from './spec.ts';

/**
 * Builds the net of a recording, with the widths that these weights have, and gives it these weights.
 * @throws ParityInputError if the weights are not those of such a net.
 */
export function buildModel(
  runtime: Runtime,
  { file, spec }: Golden,
  initial: StateDict,
  [inChannels, imageSize]: readonly number[],
): Module {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ParityInputError(file, problem, 'Record the trajectory again, or correct its description.', {
      cause,
    });
  };
  const outputs = (name: string): number =>
    initial.get(`${name}.weight`)?.shape[0] ??
    fail(`has no weights '${name}.weight', which ${spec.model} needs`);
  const widths: number[] = [];
  while (initial.has(`conv${widths.length + 1}.weight`)) widths.push(outputs(`conv${widths.length + 1}`));
  if (widths.length === 0) fail("has no weights 'conv1.weight'");
  if (spec.widths && String(spec.widths) !== String(widths)) {
    fail(`its convolutions have [${widths}] channels, but its description says [${spec.widths}]`);
  }
  try {
    const model = (() => {
      switch (spec.model) {
        case 'practical-net':
          return new PracticalNet(runtime, { widths, inChannels, imageSize, numClasses: outputs('fc') });
        case 'autoencoder':
          return new Autoencoder(runtime, { widths, inChannels, imageSize, dropout: 0 });
        case 'medmnist-net': {
          const hidden = [outputs('fc1'), outputs('fc2')] as const;
          return new MedMnistNet(runtime, {
            widths,
            hidden,
            inChannels,
            imageSize,
            numClasses: outputs('fc3'),
          });
        }
      }
    })();
    model.loadStateDict(initial);
    return model;
  } catch (error) {
    if (error instanceof ParityInputError) throw error;
    return fail(
      `is no recording of ${spec.model} on images of ${imageSize} pixels: ${(error as Error).message}`,
      error,
    );
  }
}

/** The optimiser of a recording. */
export function buildOptimizer(model: Module, options: ParityOptimizer): Optimizer<{ lr: number }> {
  const parameters = model.parameters();
  switch (options.kind) {
    case 'sgd':
      return new SGD(parameters, without(options)) as unknown as Optimizer<{ lr: number }>;
    case 'adam':
      return new Adam(parameters, without(options)) as unknown as Optimizer<{ lr: number }>;
    case 'adamw':
      return new AdamW(parameters, without(options)) as unknown as Optimizer<{ lr: number }>;
  }
}

function without<T extends { kind: string }>({ kind: _, ...options }: T): Omit<T, 'kind'> {
  return options;
}
