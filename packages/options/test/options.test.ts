import { describe, expect, it } from 'vitest';
import {
  anything,
  atLeast0,
  callback,
  checkOptions,
  checkValue,
  flag,
  instance,
  list,
  nearest,
  number,
  type OptionTable,
  oneOf,
  oneOrMore,
  orNull,
  pair,
  positive,
  required,
  share,
  show,
  table,
  text,
  whole,
} from '../src/index.ts';

interface Options {
  readonly lr: number;
  readonly weightDecay?: number;
  readonly kernelSize?: number | readonly [number, number];
  readonly inner?: { readonly depth?: number };
}

const names: OptionTable<Options> = {
  lr: required(positive),
  weightDecay: atLeast0,
  kernelSize: pair(whole(1)),
  inner: table<{ readonly depth?: number }>({ depth: whole(1) }),
};
const check = (options: unknown) => () => checkOptions('SGD', options as Options, names);

describe('checkOptions', () => {
  it('passes what is right, and takes undefined for left out', () => {
    expect(check({ lr: 1 })).not.toThrow();
    expect(check({ lr: 1, weightDecay: undefined, kernelSize: [3, 5], inner: { depth: 2 } })).not.toThrow();
    expect(() => checkOptions<{ a?: boolean }>('f', undefined, { a: flag })).not.toThrow();
  });

  it.each([
    ['weight_decay', 'weightDecay'],
    ['WeightDecay', 'weightDecay'],
    ['weightdecay', 'weightDecay'],
    ['wieghtDecay', 'weightDecay'],
    ['l2', 'weightDecay'],
    ['learning_rate', 'lr'],
    ['kernel_size', 'kernelSize'],
    ['kernel', 'kernelSize'],
    ['kernelsize', 'kernelSize'],
  ])('%s: says that %s may be meant', (name, meant) => {
    expect(check({ lr: 1, [name]: 1 })).toThrow(
      new TypeError(
        `SGD: there is no option '${name}'; did you mean '${meant}'? (the options are lr, weightDecay, ` +
          'kernelSize, inner)',
      ),
    );
  });

  it('says what PyTorch has and this project has not', () => {
    for (const name of [
      'groups',
      'dilation',
      'padding_mode',
      'amsgrad',
      'dampening',
      'ceil_mode',
      'affine',
    ]) {
      expect(check({ lr: 1, [name]: 1 })).toThrow(`SGD: '${name}' is not supported here; the options are lr`);
    }
    expect(check({ lr: 1, colour: 1 })).toThrow(/no option 'colour'; the options are/);
  });

  it('looks into options within options', () => {
    expect(check({ lr: 1, inner: { dept: 1 } })).toThrow(
      /SGD: inner: there is no option 'dept'; did you mean 'depth'/,
    );
    expect(check({ lr: 1, inner: { depth: 0.5 } })).toThrow(
      /SGD: inner: depth must be a whole number above 0/,
    );
  });

  it.each([
    [0.1, 'not as 0.1'],
    ['lr', "not as 'lr'"],
    [null, 'not as null'],
    [[1], 'not as [1]'],
    [() => 1, 'not as a function'],
    [new Float32Array(2), 'not as a Float32Array'],
  ])('refuses %s for an object', (options, said) => {
    expect(check(options)).toThrow(
      `SGD: options are given as an object, { lr, weightDecay, kernelSize, inner }, ${said}`,
    );
  });

  it('says what is missing and what does not fit', () => {
    expect(check({})).toThrow(/SGD: lr is missing; it must be a finite number above 0/);
    expect(check({ lr: '0.1' })).toThrow(new TypeError("SGD: lr must be a finite number above 0, not '0.1'"));
    expect(check({ lr: Number.NaN })).toThrow(RangeError);
    expect(check({ lr: 1, kernelSize: 2.5 })).toThrow(
      /kernelSize must be a whole number above 0, or two of them \[height, width\], not 2.5/,
    );
    expect(check({ lr: 1, kernelSize: [3] })).toThrow(/not \[3\]/);
  });

  it('does not take what an object inherits from all objects for a name', () => {
    expect(check({ lr: 1, toString: 1 })).toThrow(/there is no option 'toString'/);
    expect(check({ lr: 1, __proto__: { weight_decay: 1 } })).toThrow(/no option 'weight_decay'/);
  });
});

describe('kinds', () => {
  const rows: [string, { fits: (value: unknown) => boolean }, unknown[], unknown[]][] = [
    ['flag', flag, [true, false], [0, 1, 'true', null]],
    ['number', number, [0, -1.5], ['1', Number.NaN, Number.POSITIVE_INFINITY, 1n, null, true]],
    ['positive', positive, [1e-9], [0, -1, Number.NaN]],
    ['atLeast0', atLeast0, [0, 5], [-1e-9, Number.NaN]],
    ['share', share, [0, 1, 0.5], [-0.1, 1.1, Number.NaN]],
    ['whole', whole(2, 4), [2, 4], [1, 5, 2.5, '3', Number.NaN]],
    ['one or more', oneOrMore(whole(0)), [0, [], [1, 2]], [-1, [1, -1], '1', new Uint8Array(2), null]],
    ['pair', pair(whole(0)), [0, [1, 2]], [-1, [1], [1, 2, 3], [1, 0.5], '1', new Int8Array(2)]],
    ['oneOf', oneOf('a', 3), ['a', 3], ['b', '3']],
    ['list', list(whole(0)), [[], [1, 2], new Uint8Array(3)], ['12', [1, -1], { length: 0 }, 3]],
    ['list of 2', list(whole(0), 2), [[1, 2]], [[1], [1, 2, 3]]],
    ['callback', callback, [() => 1, Math.max], [class {}, {}, 'f']],
    ['instance', instance(() => Map, 'a map'), [new Map()], [new Set(), {}, Map]],
    ['text', text, ['', 'x'], [1, null]],
    ['orNull', orNull(text), [null, 'x'], [1]],
    ['anything', anything, [1, null], []],
  ];
  it.each(rows)('%s', (_, kind, right, wrong) => {
    for (const value of right) expect(kind.fits(value), show(value)).toBe(true);
    for (const value of wrong) expect(kind.fits(value), show(value)).toBe(false);
  });

  it('are checked for arguments that have a place of their own', () => {
    expect(() => checkValue('Linear', 'inFeatures', '3', whole(1))).toThrow(
      "Linear: inFeatures must be a whole number above 0, not '3'",
    );
  });
});

describe('words', () => {
  it('show values so that one knows them again', () => {
    class Net {}
    expect([Net, new Net(), { a: 1 }, [1, 2], 'x', null, undefined, 3n, new Map()].map(show)).toEqual([
      'the class Net',
      'a Net',
      '{ a }',
      '[1, 2]',
      "'x'",
      'null',
      'undefined',
      '3n',
      'a Map',
    ]);
  });

  it('suggest nothing for what resembles nothing', () => {
    expect(nearest('colour', ['lr', 'momentum'])).toBeUndefined();
    expect(nearest('x', ['lr'])).toBeUndefined();
    expect(nearest('momentm', ['lr', 'momentum'])).toBe('momentum');
  });
});
