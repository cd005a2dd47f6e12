import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bar, StatusLine } from '../src/index.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const drawnOver = (text: string) => `\r\x1b[2K${text}`;

describe('StatusLine', () => {
  it('draws over itself at most ten times a second, but for what must be seen', () => {
    const written: string[] = [];
    const line = new StatusLine({ isTTY: true, columns: 50, write: (text) => written.push(text) });
    expect(line.columns).toBe(49);
    line.draw(() => 'a');
    line.draw(() => {
      throw new Error('a text that is not drawn is not asked for');
    });
    line.draw(() => 'b', true);
    vi.advanceTimersByTime(101);
    line.draw(() => 'c');
    expect(written).toEqual(['a', 'b', 'c'].map(drawnOver));
  });

  it('is removed or kept once, and drawn again at once after that', () => {
    const written: string[] = [];
    const line = new StatusLine({ isTTY: true, write: (text) => written.push(text) });
    line.clear();
    line.keep();
    expect(written).toEqual([]);
    line.draw(() => 'a');
    line.clear();
    line.clear();
    line.draw(() => 'b');
    line.keep();
    line.clear();
    expect(written).toEqual([drawnOver('a'), drawnOver(''), drawnOver('b'), '\n']);
  });

  it('writes nothing where there is no terminal', () => {
    const written: string[] = [];
    const line = new StatusLine({ write: (text) => written.push(text) });
    line.draw(() => 'a', true);
    line.clear();
    line.keep();
    expect(written).toEqual([]);
  });
});

it('bar is as wide as asked, whatever the share', () => {
  expect(bar(0, 4)).toBe('[....]');
  expect(bar(0.5, 4)).toBe('[##..]');
  expect(bar(1, 4)).toBe('[####]');
  expect(bar(1.5, 4)).toBe('[####]');
  expect(bar(-1, 4)).toBe('[....]');
});
