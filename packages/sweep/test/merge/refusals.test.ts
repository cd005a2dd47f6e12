import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeSweep } from '../../src/merge/index.ts';
import { planned, someCells, version, writeCell, writeSweep } from './support.ts';

const cells = someCells(2).slice(0, 8);
const [first, second] = cells;
const done = (dir: string) => join(dir, 'cells', first.name, 'done.json');

describe('what is not merged, by name', () => {
  it.each<[string, (dir: string) => void, string]>([
    [
      'a cell of another version',
      (dir) => writeCell(dir, first, { version: '0.2.0' }),
      `${first.name} is of version 0.2.0`,
    ],
    [
      'other options than planned',
      (dir) => writeCell(dir, first, { options: { ...first.options, epochs: 99 } }),
      `${first.name} has another options than the sweep`,
    ],
    [
      'another seed',
      (dir) => writeCell(dir, first, { seed: 7 }),
      'has another seed than the sweep: 7 in place of 0',
    ],
    [
      'a foreign cell',
      (dir) => writeCell(dir, { ...first, name: 'other' }),
      '1 cells are not of this sweep: other; move their folders out of',
    ],
    ['no JSON', (dir) => writeFileSync(done(dir), '{"format":1,'), `${first.name}/done.json is no JSON`],
    ['null', (dir) => writeFileSync(done(dir), 'null'), 'options are given as an object'],
    [
      'NaN',
      (dir) =>
        writeFileSync(
          done(dir),
          readFileSync(done(dir), 'utf8').replace(/("best.test.auc":)[\d.]+/, '$1NaN'),
        ),
      'is no JSON',
    ],
    [
      'an infinite score',
      (dir) =>
        writeFileSync(
          done(dir),
          readFileSync(done(dir), 'utf8').replace(/("best.test.auc":)[\d.]+/, '$11e999'),
        ),
      'scores must be an object of names and finite numbers',
    ],
    ['a score of text', (dir) => writeCell(dir, first, { scores: { 'test.auc': '0.9' } }), 'scores must be'],
    [
      'a curve of null',
      (dir) => writeCell(dir, first, { curves: { 'val.auc': [1, null] } }),
      'curves must be',
    ],
    ['a negative cost', (dir) => writeCell(dir, first, { cost: { parameters: -1 } }), 'parameters must be'],
    ['another format', (dir) => writeCell(dir, first, { format: 2 }), 'format must be 1'],
    [
      'a name that reaches out',
      (dir) => writeFileSync(join(dir, 'sweep.json'), sweepOf([{ ...planned(first), name: '../cells' }])),
      'name must be a name of up to 200',
    ],
    [
      'a name twice',
      (dir) => writeFileSync(join(dir, 'sweep.json'), sweepOf([first, first, second].map(planned))),
      `${first.name} is in the sweep twice`,
    ],
    [
      'the same cell under two names',
      (dir) =>
        writeFileSync(join(dir, 'sweep.json'), sweepOf([first, { ...first, name: 'twin' }].map(planned))),
      `twin is in the sweep twice, also as ${first.name}`,
    ],
    [
      'a folder in place of a file',
      (dir) => {
        rmSync(done(dir));
        mkdirSync(done(dir));
      },
      'done.json is no file',
    ],
    [
      'a time of text',
      (dir) => writeFileSync(join(dir, 'cells', first.name, 'time.json'), '{"seconds":"long"}'),
      'time.json: seconds must be a finite number of 0 or more',
    ],
  ])('%s', async (_, spoil, message) => {
    const dir = writeSweep(cells);
    spoil(dir);
    await expect(mergeSweep(dir, { partial: true })).rejects.toThrow(message);
  });

  it('gaps: how many, which, and what runs them', async () => {
    const dir = writeSweep(cells, cells.slice(6));
    await expect(mergeSweep(dir)).rejects.toThrow(
      `6 of 8 cells are not done: ${cells
        .slice(0, 5)
        .map(({ name }) => name)
        .join(
          ', ',
        )}, … (6); npm run sweep -- sweep.json --out ${dir} runs them, and --partial merges the others`,
    );
    await expect(mergeSweep(writeSweep(cells, []), { partial: true })).rejects.toThrow(
      '8 of 8 cells are not done',
    );
  });

  it('all at once, without control characters', async () => {
    const dir = writeSweep(cells, cells.slice(1));
    writeCell(dir, second, { version: '9\u001b[2J' });
    const refused = await mergeSweep(dir).catch((error: Error) => error.message);
    expect(refused).toContain('1 of 8 cells are not done');
    expect(refused).toContain(`is of version 9\\u001b[2J, the sweep of ${version}`);
  });
});

const sweepOf = (list: readonly unknown[]) => JSON.stringify({ format: 1, version, cells: list });
