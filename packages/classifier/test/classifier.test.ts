import type { Picture } from '@glassbox/images';
import { CheckpointError, encodeSafetensors, parseSafetensors } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type ClassifierSpec,
  classifierMetadata,
  makeNet,
  netNames,
  openClassifier,
  predict,
  smallestImage,
  softmax,
} from '../src/index.ts';

const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(() => runtime.destroy());

const spec: ClassifierSpec = {
  net: 'practical',
  classes: ['no', 'yes', 'perhaps'],
  size: 9,
  channels: 1,
  seed: 3,
};

/** A file's bytes. */
async function saved(of: ClassifierSpec = spec, metadata = classifierMetadata(of, { data: 'mine' })) {
  const { net, classes, size, channels } = of;
  const shape = { numClasses: classes.length, inChannels: channels, imageSize: size, seed: 3 };
  return encodeSafetensors(await makeNet(runtime, net, shape).stateDict(), metadata);
}
/** Pictures of waves. */
const pictures = (count: number, width = 12, height = 10): Picture[] =>
  Array.from({ length: count }, (_, n) => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) => 128 + 100 * Math.sin(i * (n + 1))),
    white: 255,
  }));

describe('a classifier', () => {
  // The others have more weights; their names, too, are held to PyTorch's by the tests of the nets.
  it.each(['practical', 'medmnist', 'resnet18'] as const)(
    '%s: is kept in one file, and answers as the net does',
    async (net) => {
      const own = { ...spec, net, size: Math.max(9, smallestImage(net)), channels: 3 as const };
      const classifier = await openClassifier(runtime, await saved(own));
      expect(classifier).toMatchObject(own);
      const answers = await predict(classifier, pictures(3));
      expect(answers).toHaveLength(3);
      for (const { probabilities, classIndex, class: name } of answers) {
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        expect(probabilities[classIndex]).toBe(Math.max(...probabilities));
        expect(name).toBe(own.classes[classIndex]);
      }
    },
  );

  it('answers alike for one picture and for many, in any batches', async () => {
    const classifier = await openClassifier(runtime, parseSafetensors(await saved()));
    const all = await predict(classifier, pictures(7));
    expect(await predict(classifier, pictures(7), { batchSize: 2 })).toEqual(all);
    expect(await predict(classifier, pictures(7).slice(4, 5))).toEqual([all[4]]);
    expect(await predict(classifier, [])).toEqual([]);
    await expect(predict(classifier, [{ width: 2 } as Picture])).rejects.toThrow('must be a picture');
    await expect(predict(classifier, [], { batch: 2 } as object)).rejects.toThrow("did you mean 'batchSize'");
  });

  it('may be weights from elsewhere, of which it is said what they are', async () => {
    const bytes = await saved(spec, {});
    await expect(openClassifier(runtime, bytes)).rejects.toThrow('does not say of which net');
    const classifier = await openClassifier(runtime, bytes, spec);
    const own = await openClassifier(runtime, await saved());
    expect(await predict(classifier, pictures(2))).toEqual(await predict(own, pictures(2)));
    const wrong = openClassifier(runtime, bytes, { ...spec, classes: ['a', 'b'] });
    await expect(wrong).rejects.toThrow('names 2 classes, but its weights have 3 outputs');
    await expect(openClassifier(runtime, '/nowhere/weights.pt', spec)).rejects.toThrow('/nowhere/weights.pt');
  });

  it('softmax of large logits is finite', () => {
    expect(softmax([1000, 1000, -1000])).toEqual([0.5, 0.5, 0]);
  });

  it.each(netNames)('%s: refuses images that are too small', (net) => {
    const least = smallestImage(net);
    const shape = { numClasses: 2, inChannels: 1 as const, imageSize: least - 1 };
    expect(() => makeNet(runtime, net, shape)).toThrow(`images of ${least} pixels or more`);
  });
});

describe('checkpoints that cannot be used', () => {
  const changed = (change: object) => {
    const { classifier } = classifierMetadata(spec);
    return { classifier: JSON.stringify({ ...JSON.parse(classifier), ...change }) };
  };
  it.each([
    ['weights of anything', {}, 'does not say of which net'],
    ['a training in progress', { fit: '{}' }, 'state of a training in progress'],
    ['no JSON', { classifier: '{' }, 'no JSON'],
    ['nothing', { classifier: 'null' }, 'describes no classifier'],
    ['a later version', changed({ version: 2 }), 'version other than 1'],
    ['an unknown net', changed({ net: '__proto__' }), 'there are practical, medmnist, resnet18'],
    ['a size that is none', changed({ size: 1e9 }), 'from 1 to 4096'],
    ['two channels', changed({ channels: 2 }), 'neither 1 channel nor 3'],
    ['another normalisation', changed({ mean: 0 }), 'mean 0.5'],
    ['no classes', changed({ classes: ['a', 'a', 'b'] }), 'does not name its classes'],
    [
      'classes of another number',
      changed({ classes: ['a', 'b'] }),
      'names 2 classes, but its weights have 3 outputs',
    ],
    ['weights of another net', changed({ net: 'medmnist', size: 16 }), 'do not fit the net medmnist'],
    ['fewer weights than the net has', changed({ net: 'resnet18' }), 'of at least 11160000'],
    ['weights for another size', changed({ size: 40 }), 'do not fit the net practical'],
  ])('%s', async (_, metadata, message) => {
    const bytes = await saved(spec, metadata as Record<string, string>);
    const opened = openClassifier(runtime, bytes);
    await expect(opened).rejects.toThrow(CheckpointError);
    await expect(opened).rejects.toThrow(message);
  });

  it('a file that is missing', async () => {
    await expect(openClassifier(runtime, '/nowhere/classifier.safetensors')).rejects.toThrow(
      'cannot be read',
    );
  });
});
