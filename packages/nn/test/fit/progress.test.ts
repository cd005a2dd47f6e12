import { describe, expect, it } from 'vitest';
import { duration, type FitProgress, progressLine, terminalProgress } from '../../src/fit/progress.ts';

const half: FitProgress = {
  epoch: 3,
  epochs: 20,
  step: 5,
  steps: 10,
  imagesPerSecond: 1234.5,
  secondsLeft: 200,
  trainLoss: 0.41234,
  valLoss: 0.5,
};

describe('progressLine', () => {
  it('shows epoch, bar, losses, speed and the time left', () => {
    const bar = `[${'#'.repeat(12)}${'.'.repeat(11)}]`;
    expect(progressLine(half, 110, 'Autoencoder')).toBe(
      `Autoencoder epoch 3/20 ${bar} loss 0.412, val 0.500, 1235 images/s, at most 3 min 20 s left`,
    );
  });

  it('leaves the losses out before there are any, and the bar where there is no room', () => {
    const { trainLoss: _, valLoss: __, ...first } = half;
    expect(progressLine(first, 100)).not.toMatch(/loss|val/);
    expect(progressLine(half, 40)).not.toMatch(/\[/);
    for (const columns of [10, 40, 80, 200])
      expect(progressLine(half, columns).length).toBeLessThanOrEqual(columns);
  });
});

describe('duration', () => {
  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [7300, '2 h 1 min'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('%f seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('terminalProgress', () => {
  it('redraws one line on a terminal and removes it', () => {
    const written: string[] = [];
    const display = terminalProgress({ isTTY: true, columns: 90, write: (text) => written.push(text) });
    display.update(half);
    display.update(half);
    display.update({ ...half, step: 10 });
    display.clear();
    expect(written.length).toBe(3);
    expect(written[0].startsWith('\r\x1b[2Kepoch 3/20')).toBe(true);
    expect(written[2]).toBe('\r\x1b[2K');
  });

  it('writes nothing where there is no terminal', () => {
    const written: string[] = [];
    const display = terminalProgress({ write: (text) => written.push(text) });
    display.update(half);
    display.clear();
    expect(written).toEqual([]);
  });
});
