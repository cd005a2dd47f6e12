import type { FitProgress } from '@glassbox/nn';
import { describe, expect, it } from 'vitest';
import { type PlannedTraining, RunProgress, roughly } from '../../src/run/progress.ts';

const planned: PlannedTraining[] = [
  { id: 'a', kind: 'net', cost: 1, images: 1000, epochs: 10, done: true },
  { id: 'b', kind: 'net', cost: 1, images: 1000, epochs: 10, done: false },
  { id: 'c', kind: 'head', cost: 0.6, images: 1000, epochs: 20, done: false },
];

/** Progress of a phase at so many images a second. */
const at = (epoch: number, step: number, imagesPerSecond: number): FitProgress => ({
  epoch,
  epochs: 10,
  step,
  steps: 10,
  imagesPerSecond,
  secondsLeft: 1,
});

describe('the progress of a run', () => {
  it('counts every training, those of an earlier process too, and says about how long the rest takes', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 100, write: (text: string) => written.push(text) };
    const run = new RunProgress(planned, 7, stream);
    expect(run.left()).toBe('');
    run.begin('b');
    expect(run.place).toBe('training 2 of 3');
    const display = run.display('A net with a name');
    display.update(at(1, 5, 500));
    // Seven tenths of 10 epochs less the half done, at 500 images/s; 14 epochs of a head, each at 0.6 of the cost; 7 s.
    const first = 13 + (14 * 0.6 * 1000) / 500 + 7;
    expect(run.secondsLeft()).toBeCloseTo(first, 9);
    expect(written.at(-1)).toContain('training 2 of 3, A net with a name epoch 1/10');
    expect(written.at(-1)).toContain('about 35 s left in all');
    display.update(at(10, 10, 500));
    display.clear();
    run.end();
    // It took all its epochs: others are now expected to take more than seven tenths.
    expect(run.secondsLeft()).toBeCloseTo((0.85 * 20 * 0.6 * 1000) / 500 + 7, 9);
    run.begin('c');
    const head = run.display('first phase');
    head.update(at(5, 10, 2000));
    run.display('second phase').update(at(1, 10, 2000));
    // Its own speed, now that it was measured, and the epochs of both phases.
    expect(run.secondsLeft()).toBeCloseTo(((0.85 * 20 - 6) * 1000) / 2000 + 7, 9);
    run.end();
    expect(run.secondsLeft()).toBe(7);
  });

  it('goes on expecting an end of a training that lasts longer than most', () => {
    const run = new RunProgress(planned, 0, { write: () => {} });
    run.begin('c');
    run.display('head').update(at(19, 10, 1000));
    const left = run.secondsLeft()!;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(0.2);
  });

  it('says nothing where there is no terminal, and fits a narrow one', () => {
    const written: string[] = [];
    for (const columns of [20, 40, 60, 80, 120]) {
      const stream = { isTTY: true, columns, write: (text: string) => written.push(text) };
      const run = new RunProgress(planned, 0, stream);
      run.begin('b');
      run
        .display('Chest, 300 labels, autoencoder weights, kept by AUC')
        .update({ ...at(3, 5, 500), trainLoss: 0.4 });
      const line = written.at(-1)!.replace('\r\x1b[2K', '');
      expect(line.length).toBeLessThan(columns);
      if (columns >= 60) expect(line).toMatch(/^training 2 of 3.*epoch 3\/10.*about \d+ s left in all$/);
    }
    const silent = new RunProgress(planned, 0, { write: (text) => written.push(text) });
    const before = written.length;
    silent.begin('b');
    silent.display('net').update(at(1, 1, 500));
    expect(written.length).toBe(before);
  });

  it.each([
    [0.2, '5 s'],
    [12, '10 s'],
    [98, '100 s'],
    [101, '2 min'],
    [3599, '60 min'],
    [7500, '2 h 0 min'],
  ])('%f seconds are about %s', (seconds, text) => {
    expect(roughly(seconds)).toBe(text);
  });
});
