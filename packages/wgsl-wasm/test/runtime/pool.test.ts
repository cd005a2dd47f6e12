import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pool } from '../../src/runtime/pool.ts';

describe('Pool', () => {
  it('never hands out a range twice, and joins what comes back', () => {
    const action = fc.record({ free: fc.boolean(), size: fc.integer({ min: 1, max: 50 }), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        let limit = 0;
        const pool = new Pool(64, (end) => {
          limit = Math.max(limit, end);
        });
        const live: { start: number; size: number }[] = [];
        for (const { free, size, which } of actions) {
          if (free && live.length > 0) {
            const [range] = live.splice(which % live.length, 1);
            pool.release(range.start, range.size);
            continue;
          }
          const start = pool.allocate(size * 64);
          expect(start).toBeGreaterThanOrEqual(64);
          expect(start + size * 64).toBeLessThanOrEqual(limit);
          for (const other of live) {
            expect(start + size * 64 <= other.start || other.start + other.size <= start).toBe(true);
          }
          live.push({ start, size: size * 64 });
        }
        const held = live.reduce((sum, range) => sum + range.size, 0);
        expect(pool.freeBytes + held).toBe(pool.highest - 64);
        for (const range of live) pool.release(range.start, range.size);
        // One free range is left: all of it can be had at once, without growing.
        const all = pool.highest - 64;
        if (all > 0) expect(pool.allocate(all)).toBe(64);
        expect(pool.highest - 64).toBe(all);
      }),
    );
  });

  it('passes on that there is no more', () => {
    const pool = new Pool(0, () => {
      throw new RangeError('full');
    });
    expect(() => pool.allocate(64)).toThrow('full');
    expect(pool.highest).toBe(0);
  });
});
