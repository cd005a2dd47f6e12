import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expand } from '../src/expand.ts';
import { checkSweep, runKinds } from '../src/file.ts';
import { cellsOf, parseShard, shardOf } from '../src/shard.ts';

const cellsFrom = (file: unknown) => expand(checkSweep(file), '/');
const grid = {
  run: 'medmnist',
  grid: { set: ['breastmnist', 'bloodmnist'], net: ['practical', 'resnet18'], seed: [0, 3] },
  options: { epochs: 3 },
};

describe('the file of a sweep', () => {
  it('becomes cells in its order, each with a name from its content', () => {
    const cells = cellsFrom(grid);
    expect(cells.map(({ options, seed }) => [options.set, options.net, seed].join(' '))).toEqual([
      'breastmnist practical 0',
      'breastmnist practical 3',
      'breastmnist resnet18 0',
      'breastmnist resnet18 3',
      'bloodmnist practical 0',
      'bloodmnist practical 3',
      'bloodmnist resnet18 0',
      'bloodmnist resnet18 3',
    ]);
    expect(cells[1]).toMatchObject({ run: 'medmnist', options: { epochs: 3 } });
    expect(cells[1].name).toMatch(/^medmnist-breastmnist-practical-seed3-[0-9a-f]{10}$/);
    expect(new Set(cells.map(({ name }) => name)).size).toBe(8);
  });

  it('gives a cell the same hash however it is written', () => {
    const list = { run: 'medmnist', list: [{ seed: 3, net: 'practical', epochs: 3, set: 'breastmnist' }] };
    const hash = (name: string) => name.split('-').at(-1);
    expect(hash(cellsFrom(list)[0].name)).toBe(hash(cellsFrom(grid)[1].name));
    const other = cellsFrom({ ...list, options: { threads: 1 } });
    expect(hash(other[0].name)).not.toBe(hash(cellsFrom(list)[0].name));
  });

  it('names what every command takes', () => {
    expect(cellsFrom({ run: 'practical', list: [{ tasks: ['1b', '2a'], data: 'phantoms' }] })).toHaveLength(
      1,
    );
    expect(cellsFrom({ run: 'train', grid: { lr: [0.01, 1e-3] }, options: { images: 'x' } })).toHaveLength(2);
  });

  it.each([
    [{ ...grid, options: { epoch: 3 } }, /cell medmnist-breastmnist-practical-seed0-\w+: .*--epoch/],
    [{ ...grid, options: { epochs: 0 } }, /--epochs 0: expected a whole number/],
    [{ ...grid, options: { out: 'x' } }, /out is not for a sweep/],
    [{ ...grid, grid: { net: ['none'] } }, /--net none: expected/],
    [{ ...grid, grid: { set: [['breastmnist', 'bloodmnist']] } }, /set: a cell has one/],
    [{ ...grid, grid: { set: ['--out=x'] } }, /is no name/],
    [{ ...grid, grid: { seed: [1.5] } }, /seed 1.5: expected/],
    [{ ...grid, grid: { seed: [1, 1] } }, /is there twice/],
    [{ ...grid, list: [{}] }, /either grid or list/],
    [{ run: 'medmnist' }, /either grid or list/],
    [{ ...grid, run: 'rm' }, /run/],
    [{ ...grid, gird: {} }, /gird/],
    [{ ...grid, grid: { net: [] } }, /grid/],
    [{ ...grid, grid: { net: [{}] } }, /grid/],
    [{ ...grid, halving: { metric: 'val.auc', keep: 1, rungs: [1] } }, /keep/],
    [{ ...grid, halving: { metric: 'val.auc', keep: 0.5, rungs: [3, 3] } }, /rungs/],
    [[], /a sweep is an object/],
  ])('%j is refused', (file, message) => {
    expect(() => cellsFrom(file)).toThrow(message);
  });

  it('has a schema with the same names', () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../sweep.schema.json'), 'utf8'));
    const { properties } = schema;
    expect(properties.run.enum).toEqual([...runKinds]);
    // Each name that the schema has is taken by the program, and no other is.
    const sample: Record<string, unknown> = {
      ...grid,
      $schema: 'x',
      halving: { metric: 'val.auc', keep: 0.5, rungs: [1, 2] },
    };
    expect(Object.keys(properties).sort()).toEqual([...Object.keys(sample), 'list'].sort());
    expect(Object.keys(properties.halving.properties).sort()).toEqual(
      Object.keys(sample.halving as object).sort(),
    );
    checkSweep(sample);
    for (const metric of properties.halving.properties.metric.enum) {
      checkSweep({ ...sample, halving: { metric, keep: 0.5, rungs: [1] } });
    }
    expect(schema.required).toEqual(['run']);
  });
});

describe('shards', () => {
  it('are every n-th cell, and together all of them', () => {
    const all = [...'abcdefg'];
    expect(cellsOf(all, parseShard('1/3'))).toEqual(['b', 'e']);
    const parts = [0, 1, 2].flatMap((index) => cellsOf(all, { index, count: 3 }));
    expect(parts.sort()).toEqual(all);
    for (const wrong of ['3/3', '1', '1/2/3', '-1/3', 'a/b'])
      expect(() => parseShard(wrong)).toThrow(/--shard/);
  });

  it.each([
    [{}, undefined, undefined],
    [
      { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_COUNT: '16', SLURM_ARRAY_TASK_MIN: '1' },
      undefined,
      [4, 16],
    ],
    [
      {
        SLURM_ARRAY_TASK_ID: '6',
        SLURM_ARRAY_TASK_COUNT: '4',
        SLURM_ARRAY_TASK_MIN: '2',
        SLURM_ARRAY_TASK_STEP: '2',
      },
      undefined,
      [2, 4],
    ],
    [{ JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '3' }, undefined, [0, 3]],
    [{ JOB_COMPLETION_INDEX: '2' }, 3, [2, 3]],
    [{ PBS_ARRAY_INDEX: '1' }, 2, [1, 2]],
    [{ PBS_ARRAYID: '0' }, 2, [0, 2]],
    [{ PARALLEL_SEQ: '1' }, 2, [0, 2]],
  ])('of %j with --shards %s', (env, count, expected) => {
    const shard = shardOf(env, count);
    expect(shard && [shard.index, shard.count]).toEqual(expected);
  });

  it('are refused where the engine does not say of how many, or counts beyond', () => {
    expect(() => shardOf({ PBS_ARRAY_INDEX: '1' })).toThrow(/of how many\? Give --shards N/);
    expect(() => shardOf({ PARALLEL_SEQ: '3' }, 2)).toThrow(/none of 2 parts/);
  });
});
