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

  it('gives GPUs the forms for every machine', () => {
    const everywhere = { forward: 'pixels', inputGradient: 'pixels', weightGradient: 'blocks' };
    expect(conv2dForms(layer, machines.gpu)).toEqual(everywhere);
    expect(conv2dForms(layer, machines.softwareGpu)).toEqual(winograd);
  });

  it('refuse options that they do not know', () => {
    const dilated = { ...layer, dilation: 2 } as Conv2dSpec;
    expect(() => winogradForward(dilated)).toThrow('winogradForward: knows no dilation (2)');
    for (const pass of [conv2dForward, conv2dInputGradient, conv2dWeightGradient]) {
      expect(() => pass(dilated)).toThrow(`${pass.name}: knows no dilation (2); use the plain kernels`);
      expect(() => pass({ ...layer, dilation: 1 } as Conv2dSpec)).not.toThrow();
    }
    expect(() => conv2dWeightGradientPacked(dilated)).toThrow('knows no dilation');
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
