/** A short training of the practical's net that runs wherever the project does: in Node, in a page, in a Worker. */
import {
  crossEntropyLoss,
  examples,
  fit,
  gatherBatch,
  PracticalNet,
  predict,
  RandomStream,
  SGD,
} from '../../../nn/src/index.ts';
import { backward, type Device, Runtime, stepInput } from '../../src/index.ts';

const batch = 16;

/**
 * The losses of some steps from seeded weights on seeded noise, the first step as it is and the others as a recording.
 * The images are drawn first, so that fewer steps give the beginning of the same losses.
 */
export async function trainingLosses(device: Device, steps = 4): Promise<number[]> {
  const runtime = new Runtime(device);
  const random = new RandomStream(5, 0);
  const train = examples(runtime, {
    images: Uint8Array.from({ length: batch * 28 * 28 }, () => random.below(256)),
    labels: Uint8Array.from({ length: batch }, () => random.below(2)),
    shape: [1, 28, 28],
  });
  const model = new PracticalNet(runtime, { seed: 3 });
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const loss = crossEntropyLoss();
  let step = 0;
  const trainStep = () => {
    const rows = () => Uint32Array.from({ length: batch }, (_, row) => (row + step) % batch);
    const input = gatherBatch(train, stepInput(runtime, [batch], 'u32', rows));
    const result = loss(model.forward(input.images), input);
    backward(result);
    optimizer.step();
    optimizer.zeroGrad();
    return result;
  };
  const losses = [await runtime.step(trainStep).item()];
  step = 1;
  const recording = runtime.record(trainStep);
  losses.push(await recording.result.item());
  for (step = 2; step < steps; step++) {
    recording.replay();
    losses.push(await recording.result.item());
  }
  recording.dispose();
  return losses;
}

/**
 * What `fit` finds in two epochs with validation, and what the net that it kept says of the validation images: two
 * losses of each epoch, and logits.
 */
export async function fitted(device: Device): Promise<number[]> {
  const runtime = new Runtime(device);
  const random = new RandomStream(6, 0);
  const [train, val] = [2 * batch, batch].map((count) =>
    examples(runtime, {
      images: Uint8Array.from({ length: count * 28 * 28 }, () => random.below(256)),
      labels: Uint8Array.from({ length: count }, () => random.below(2)),
      shape: [1, 28, 28],
    }),
  );
  const model = new PracticalNet(runtime, { seed: 3 });
  const { history } = await fit(model, {
    train,
    val,
    loss: crossEntropyLoss(),
    optimizer: new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 }),
    epochs: 2,
    batchSize: batch,
  });
  const { values } = await predict(model, val);
  return [...history.flatMap(({ trainLoss, valLoss }) => [trainLoss, valLoss!]), ...values];
}
