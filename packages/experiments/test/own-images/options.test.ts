import { UsageError } from '@glassbox/host/command-line';
import { describe, expect, it } from 'vitest';
import { argsOf, parseTrainOptions } from '../../src/own-images/options.ts';
import { parsePredictOptions } from '../../src/own-images/predict-options.ts';

describe('npm run train', () => {
  it.each([
    ['nothing to train on', [], 'give --images DIR'],
    ['images as a word', ['images'], 'is given as --images DIR'],
    ['no path', ['--images='], '--images: expected a path'],
    ['a net that is not there', ['--images=x', '--net=vgg'], 'practical | medmnist | resnet18'],
    ['a size too small for the net', ['--images=x', '--net=medmnist', '--size=8'], 'from 16 to 1024'],
    ['a rate of 0', ['--images=x', '--lr=0'], 'expected a number above 0'],
    ['a rate in words', ['--images=x', '--lr='], 'expected a number above 0'],
    ['a share of 1', ['--images=x', '--test=1'], 'at most 0.5'],
    [
      'an augmentation that is not there',
      ['--images=x', '--augment=flip,turn'],
      'turn: expected none, or words',
    ],
    ['no augmentation', ['--images=x', '--augment='], 'expected none, or words'],
    ['an unknown flag', ['--images=x', '--epoch=3'], '--epoch'],
  ])('refuses %s', (_, args, message) => {
    expect(() => parseTrainOptions(args)).toThrow(UsageError);
    expect(() => parseTrainOptions(args)).toThrow(message);
  });

  it('keeps its options as a command line that asks for the same', () => {
    const args =
      '--images=a --csv=b/c.csv --net=medmnist --size=32 --optimizer=sgd --class-weights=balanced --augment=noise,flip';
    const options = parseTrainOptions(
      [...args.split(' '), '--skip-unreadable', '--seed=3', '--device=wasm'],
      '/data',
    );
    const kept = argsOf(options, '/data/runs/x');
    expect(kept).toContain('--images=../../a');
    expect(parseTrainOptions(kept, '/data/runs/x')).toEqual(options);
    expect(options).toMatchObject({
      lr: 0.01,
      images: '/data/a',
      csv: '/data/b/c.csv',
      augment: ['flip', 'noise'],
    });
  });
});

describe('npm run predict', () => {
  it.each([
    ['no checkpoint', [], 'No checkpoint'],
    ['no images', ['x.safetensors'], 'No images for x.safetensors'],
    ['two formats', ['x', 'y.png', '--json', '--csv'], 'give one of them'],
    ['no class', ['x', 'y.png', '--top=0'], 'of at least 1'],
    ['a net without classes', ['x.pt', 'y.png', '--net=practical'], 'give --net and --classes'],
    ['a size without a net', ['x.pt', 'y.png', '--size=28'], '--size: give --net'],
    ['a net that is not there', ['x.pt', 'y.png', '--net=vgg', '--classes=a,b'], 'practical | medmnist'],
  ])('refuses %s', (_, args, message) => {
    expect(() => parsePredictOptions(args)).toThrow(UsageError);
    expect(() => parsePredictOptions(args)).toThrow(message);
  });
});
