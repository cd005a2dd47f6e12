/** Values recorded from scikit-learn, scikit-image and numpy by fixtures/record_metrics.py. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: the fixture is data, shaped by the script that wrote it
export type Fixture = Record<string, any>;
export const fixture: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'),
);

/** Largest difference allowed from the recorded values. */
const TOLERANCE = 1e-9;

/** As recorded, number for number. */
export function near(actual: ArrayLike<number> | number, expected: ArrayLike<number> | number): void {
  const a = typeof actual === 'number' ? [actual] : Array.from(actual);
  const b = typeof expected === 'number' ? [expected] : Array.from(expected);
  expect(a.length).toBe(b.length);
  const worst = a.reduce(
    (max, value, i) => (value === b[i] ? max : Math.max(max, Math.abs(value - b[i]))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(TOLERANCE);
}
