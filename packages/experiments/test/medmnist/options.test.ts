import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { argsOf, medmnistHelp, parseMedmnistOptions } from '../../src/medmnist/options.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-medmnist-options-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const file = join(work, 'mine.npz');
writeFileSync(file, '');
const parse = (...args: string[]) => parseMedmnistOptions(args, work);

describe('the command line', () => {
  it('begins with the smallest set, and the official protocol', () => {
    expect(parse()).toMatchObject({
      sets: ['breastmnist'],
      nets: ['resnet18'],
      protocol: 'official',
      sizes: [28],
      modes: ['end-to-end'],
      seeds: 1,
      epochs: 100,
      data: 'auto',
    });
    expect(parse('--protocol', 'plus')).toMatchObject({
      sizes: [64],
      modes: ['end-to-end', 'linear-probe', 'knn'],
    });
  });

  it('takes names, files, and lists', () => {
    const options = parse(
      'bloodmnist',
      'mine.npz',
      '--net',
      'resnet50,practical',
      '--size',
      '64,28',
      '--seeds',
      '3',
    );
    expect(options).toMatchObject({
      sets: ['bloodmnist', file],
      nets: ['resnet50', 'practical'],
      sizes: [64, 28],
    });
    expect(parse('all').sets).toHaveLength(12);
  });

  it('is written down so that it says the same, from the folder of the run', () => {
    for (const args of [
      [],
      [
        'bloodmnist',
        'mine.npz',
        '--net=practical',
        '--size=64,224',
        '--seeds=2',
        '--epochs=5',
        '--data=files',
      ],
      ['--resize=32', '--device=wasm', '--threads=1', '--activation-checkpointing=on'],
      ['--protocol=plus', '--mode=knn', '--weights=a.pth'],
    ]) {
      const options = parse(...args);
      const run = join(work, 'runs/a');
      const written = argsOf(options, run);
      expect(parseMedmnistOptions(written, run)).toEqual(options);
      for (const word of written) expect(word).not.toContain(work);
    }
  });

  it.each([
    [['pnemoniamnist'], /There is no set pnemoniamnist: expected pathmnist, .*, all, or FILE.npz/],
    [['none.npz'], /none.npz is not there/],
    [['all', 'bloodmnist'], /leave the other names out/],
    [['--net', 'resnet19'], /--net resnet19: expected practical \| medmnist \| resnet18 \|/],
    [['--net', 'resnet18-medmnist'], /--net resnet18-medmnist: expected/],
    [['--size', '32'], /--size 32: expected 28 \| 64 \| 128 \| 224/],
    [['--seeds', '0'], /--seeds 0: expected a whole number from 1 to 100/],
    [['--epochs', '1.5'], /--epochs 1.5/],
    [['--protocol', 'mine'], /--protocol mine: expected official \| plus/],
    [['--mode', 'knn'], /--mode is for --protocol plus/],
    [['--weights', 'a.pth'], /--weights is for --protocol plus/],
    [['--protocol', 'plus', '--mode', 'knn'], /need an encoder; give its --weights, or add end-to-end/],
    [['--protocol', 'plus', '--mode', 'probe'], /--mode probe: expected end-to-end \| linear-probe \| knn/],
    [['--resize', '28'], /--resize 28: expected a whole number from 29 to 224/],
    [['--net', 'vgg11_bn'], /vgg11_bn takes images of 32 pixels or more, not of 28.*--resize 32/],
    [['--resize', '32', '--size', '64'], /--resize enlarges 28-pixel images/],
    [['--resize', '224', '--protocol', 'plus'], /--resize enlarges 28-pixel images/],
    [['--data', ''], /--data: expected a path/],
    [['--rate', '1'], /--rate/],
  ])('%j is refused', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it('help names every set and net, in lines that fit', () => {
    for (const word of ['tissuemnist', 'organsmnist', 'resnet50', '--resume', 'May 2023']) {
      expect(medmnistHelp).toContain(word);
    }
    expect(Math.max(...medmnistHelp.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });
});
