import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Conv2dSpec,
  conv2dForms,
  conv2dForward,
  conv2dInputGradient,
  conv2dWeightGradient,
  conv2dWeightGradientPacked,
  forwardForms,
  inputGradientForms,
  type Machine,
  machines,
  weightGradientForms,
  winogradForward,
} from '../src/index.ts';

const layer: Conv2dSpec = {
  batch: 128,
  inChannels: 16,
  height: 12,
  width: 12,
  outChannels: 64,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
};

describe('conv2dForms', () => {
  const machine = machines.cpu;
  const winograd = { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };
  const direct = { forward: 'images', inputGradient: 'images', weightGradient: 'packed' };

  it("takes Winograd's form for 3x3 filters with stride 1 between many channels", () => {
    expect(conv2dForms(layer, machine)).toEqual(winograd);
    expect(conv2dForms({ ...layer, outChannels: 15 }, machine)).toEqual(direct);
    expect(conv2dForms({ ...layer, stride: [1, 2] }, machine)).toEqual(direct);
    // Fewer taps use a copied number too seldom; more positions do not fit the cache.
    const unpacked = { ...direct, weightGradient: 'blocks' };
    expect(conv2dForms({ ...layer, kernel: [3, 1] }, machine)).toEqual(unpacked);
    expect(conv2dForms({ ...layer, padding: [3, 3] }, machine)).toEqual(unpacked);
  });

  it('asks for enough tiles of what is computed', () => {
    // 4 images of 12x12 are 144 tiles, of 10x10 they are 100.
    const few = { ...layer, batch: 4 };
    expect(conv2dForms(few, machine)).toEqual({
      forward: 'images',
      inputGradient: 'winograd',
      weightGradient: 'blocks',
    });
  });

  it('takes a row at a time from few channels, if most of its columns lie inside', () => {
    const first = { ...layer, inChannels: 1 };
    const rows = { forward: 'rows', inputGradient: 'pixels', weightGradient: 'blocks' };
    expect(conv2dForms(first, machine)).toEqual(rows);
    expect(conv2dForms({ ...first, width: 3, padding: [1, 1] }, machine).forward).toBe('pixels');
    expect(conv2dForms({ ...first, outChannels: 3 }, machine).forward).toBe('pixels');
  });

  /** What suits a form just so, and what just does not. */
  const plain: Conv2dSpec = { ...layer, outChannels: 15 };
  const one: Conv2dSpec = { ...layer, kernel: [1, 1], height: 10, width: 10 };
  const borders: readonly {
    readonly border: string;
    readonly pass: 'forward' | 'inputGradient' | 'weightGradient';
    readonly machine?: Machine;
    readonly within: readonly [string, Conv2dSpec];
    readonly beyond: readonly [string, Conv2dSpec];
  }[] = [
    {
      border: '128 tiles of 2x2 pixels',
      pass: 'forward',
      within: ['winograd', { ...layer, batch: 128, height: 4, width: 4 }],
      beyond: ['images', { ...layer, batch: 127, height: 4, width: 4 }],
    },
    {
      border: '16 channels on both sides',
      pass: 'inputGradient',
      within: ['winograd', { ...layer, inChannels: 64, outChannels: 16 }],
      beyond: ['images', { ...layer, inChannels: 64, outChannels: 15 }],
    },
    {
      border: 'padding up to 2',
      pass: 'forward',
      within: ['winograd', { ...layer, padding: [2, 2] }],
      beyond: ['images', { ...layer, padding: [0, 3] }],
    },
    {
      border: 'no dilation',
      pass: 'inputGradient',
      within: ['winograd', { ...layer, dilation: [1, 1] }],
      beyond: ['images', { ...layer, dilation: [1, 2] }],
    },
    {
      border: '32 images to pack',
      pass: 'weightGradient',
      within: ['packed', { ...plain, batch: 32 }],
      beyond: ['blocks', { ...plain, batch: 31 }],
    },
    {
      border: '80 FLOP for each number of x and dy',
      pass: 'weightGradient',
      within: ['packed', { ...one, inChannels: 80, outChannels: 80 }],
      beyond: ['blocks', { ...one, inChannels: 76, outChannels: 84 }],
    },
    {
      // 48 bytes for each of 257 x 5 x 17 = 21,845 and 331 x 6 x 11 = 21,846 positions.
      border: '1 MiB of the whole batch',
      pass: 'weightGradient',
      within: ['packed', { ...plain, batch: 257, height: 7, width: 19 }],
      beyond: ['blocks', { ...plain, batch: 331, height: 8, width: 13 }],
    },
    {
      border: 'half of the columns without a tap in the padding',
      pass: 'forward',
      within: ['rows', { ...layer, inChannels: 1, width: 4, padding: [1, 1] }],
      beyond: ['pixels', { ...layer, inChannels: 1, width: 3, padding: [1, 1] }],
    },
    {
      border: 'half of a tile, on a CPU',
      pass: 'forward',
      within: ['images', { ...one, batch: 2, outChannels: 12 }],
      beyond: ['pixels', { ...one, batch: 2, outChannels: 8 }],
    },
    {
      border: 'a quarter of a tile, with vectors of 256 bits',
      pass: 'forward',
      machine: machines.wideCpu,
      within: ['images', { ...one, batch: 8, outChannels: 4 }],
      beyond: ['pixels', { ...one, batch: 4, outChannels: 4 }],
    },
  ];
  it.each(borders)(
    '$border: the $pass changes its form there',
    ({ pass, machine: other, within, beyond }) => {
      for (const [form, spec] of [within, beyond])
        expect(conv2dForms(spec, other ?? machine)[pass]).toBe(form);
    },
  );

  it('gives GPUs the forms for every machine', () => {
    const everywhere = { forward: 'pixels', inputGradient: 'pixels', weightGradient: 'blocks' };
    expect(conv2dForms(layer, machines.gpu)).toEqual(everywhere);
    expect(conv2dForms(layer, machines.softwareGpu)).toEqual(winograd);
  });

  it('refuse options that they do not know', () => {
    const unknown = { ...layer, lag: 2 } as Conv2dSpec;
    expect(() => winogradForward(unknown)).toThrow('winogradForward: knows no lag (2)');
    for (const pass of [conv2dForward, conv2dInputGradient, conv2dWeightGradient]) {
      expect(() => pass(unknown)).toThrow(`${pass.name}: knows no lag (2); use the plain kernels`);
      expect(() => pass({ ...layer, lag: 1 } as Conv2dSpec)).not.toThrow();
    }
    expect(() => conv2dWeightGradientPacked({ ...layer, groups: 2 })).toThrow('knows no groups (2)');
  });

  it('are listed in the README as the tables have them', () => {
    const text = readFileSync(join(import.meta.dirname, '../src/conv2d/README.md'), 'utf8');
    const rows = (title: string) => {
      const section = text
        .split(`### ${title}\n`)[1]
        .split(/\n#|\n\n(?!-)/)[0]
        .replace(/\n {2}/g, ' ');
      return [...section.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, form, when]) => ({ form, when }));
    };
    const tables = {
      Forward: forwardForms,
      'Input gradient': inputGradientForms,
      'Weight gradient': weightGradientForms,
    };
    for (const [title, forms] of Object.entries(tables)) {
      expect(rows(title)).toEqual(forms.map(({ form, when }) => ({ form, when })));
    }
  });

  it('every file of the folder is in its README', () => {
    const folder = join(import.meta.dirname, '../src/conv2d');
    const text = readFileSync(join(folder, 'README.md'), 'utf8');
    const files = globSync('**/*.ts', { cwd: folder }).map((file) => file.replaceAll('\\', '/'));
    const named = [...text.matchAll(/\]\((\w[\w./-]*\.ts)\)/g)].map(([, file]) => file);
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });
});
