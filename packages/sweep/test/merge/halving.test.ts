import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DoneCell } from '../../src/merge/cells.ts';
import { mergeSweep } from '../../src/merge/index.ts';
import { newFolder, planned, someCells, version, writeCell } from './support.ts';

/** Six cells; after two rungs the second and the fifth are left. */
const cells = someCells(2).slice(0, 6);
const halving = { metric: 'val.auc', keep: 0.5, rungs: [1, 3] };
const scores: readonly (readonly (number | null)[])[] = [
  [0.6, 0.9, 0.5, 0.7, 0.9, null],
  [undefined!, 0.8, undefined!, 0.7, 0.9, undefined!],
];
const left = [cells[1], cells[4]];

const folder = (dir: string, { name }: DoneCell) => join(dir, 'cells', name);
function writeRung(dir: string, cell: DoneCell, rung: number, other: object = {}): void {
  mkdirSync(folder(dir, cell), { recursive: true });
  const score = scores[rung][cells.indexOf(cell)];
  const epochs = halving.rungs[rung];
  const kept = { format: 1, name: cell.name, version, rung, epochs, score, ...other };
  writeFileSync(join(folder(dir, cell), `rung-${rung}.json`), JSON.stringify(kept));
}

/** @param done those that are trained to their end */
function sweep(done: readonly DoneCell[] = left): string {
  const dir = newFolder();
  const file = { format: 1, version, file: 'sweep.json', cells: cells.map(planned), halving };
  writeFileSync(join(dir, 'sweep.json'), JSON.stringify(file));
  for (const cell of cells) writeRung(dir, cell, 0);
  for (const cell of [cells[1], cells[3], cells[4]]) writeRung(dir, cell, 1);
  for (const cell of done) writeCell(dir, cell);
  return dir;
}

const lines = (dir: string, file: string) =>
  readFileSync(join(dir, 'merged', file), 'utf8')
    .trimEnd()
    .split('\n');

describe('merging a halving', () => {
  it('takes what the rungs dropped for no gap, and says what they did', async () => {
    const dir = sweep();
    expect(await mergeSweep(dir)).toMatchObject({ cells: 2, planned: 6 });
    expect(lines(dir, 'cells.csv')).toHaveLength(3);
    expect(lines(dir, 'cells.csv')[0]).not.toContain('partial');
    expect(lines(dir, 'rungs.csv')).toEqual([
      'rung,epochs,cell,seed,score,kept',
      ...cells.map(({ name, seed }, i) =>
        ['0,1', name, seed, scores[0][i] ?? '', [1, 3, 4].includes(i)].join(','),
      ),
      ...[1, 3, 4].map((i) => ['1,3', cells[i].name, cells[i].seed, scores[1][i], i !== 3].join(',')),
    ]);
    expect(lines(dir, 'report.html').join()).toContain('worst val.auc that went on');
  });

  it('refuses gaps: a survivor that is not done, and a rung that a cell has not done', async () => {
    const unfinished = sweep([cells[1]]);
    await expect(mergeSweep(unfinished)).rejects.toThrow(`1 of 2 cells are not done: ${cells[4].name};`);
    expect(await mergeSweep(unfinished, { partial: true })).toMatchObject({ cells: 1 });
    expect(lines(unfinished, 'cells.csv')[1]).toMatch(/,1 of 2 cells$/);

    const early = sweep();
    rmSync(join(folder(early, cells[3]), 'rung-1.json'));
    await expect(mergeSweep(early)).rejects.toThrow(`1 of 3 cells are not done: ${cells[3].name};`);
    rmSync(join(folder(early, cells[0]), 'rung-0.json'));
    await expect(mergeSweep(early)).rejects.toThrow('4 of 6 cells are not done');
    expect(existsSync(join(early, 'merged'))).toBe(false);
  });

  it.each<[string, (dir: string) => void, string]>([
    [
      'a dropped cell that is done',
      (dir) => writeCell(dir, cells[3]),
      `${cells[3].name} is done although a rung has dropped it`,
    ],
    [
      'a rung of another version',
      (dir) => writeRung(dir, cells[2], 0, { version: '0.2.0' }),
      `${cells[2].name}/rung-0.json has another version than the sweep: 0.2.0 in place of ${version}`,
    ],
    ['a rung of another cell', (dir) => writeRung(dir, cells[2], 0, { name: 'x' }), 'has another name'],
    ['a rung after other epochs', (dir) => writeRung(dir, cells[2], 0, { epochs: 2 }), 'has another epochs'],
    ['a score of text', (dir) => writeRung(dir, cells[2], 0, { score: '1' }), 'score must be'],
    [
      'a halving that keeps all',
      (dir) => {
        const path = join(dir, 'sweep.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace('"keep":0.5', '"keep":1'));
      },
      'keep must be a share above 0 and below 1',
    ],
  ])('refuses %s', async (_, spoil, message) => {
    const dir = sweep();
    spoil(dir);
    await expect(mergeSweep(dir)).rejects.toThrow(message);
  });
});
