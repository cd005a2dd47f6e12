import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checksGradients,
  type Item,
  kernelItems,
  opItems,
  oracleExists,
  readBy,
  root,
} from './coverage-table/inventory.ts';
import { collect, factoryOf } from './coverage-table/observations.ts';
import { gaps } from './coverage-table/table.ts';

const rows = readFileSync(join(root, 'docs', 'coverage.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ['))
  .map((line) => line.slice(2, -2).split(' | '));
const nameOf = (row: readonly string[]) => row[0].match(/^\[(\w+)\]/)?.[1];
const isOp = (row: readonly string[]) => /\/tensor-core\/src\/(ops|primitives)\//.test(row[0]);
const advice = 'run `npm run coverage:ops`, after adding the test or oracle if there is none';

describe.each([
  { kind: 'op', items: opItems() as readonly Item[] },
  { kind: 'kernel', items: kernelItems() as readonly Item[] },
])('docs/coverage.md: every $kind', ({ kind, items }) => {
  const own = rows.filter((row) => isOp(row) === (kind === 'op'));

  it('has a row, and every row is of something that exists', () => {
    expect(items.length).toBeGreaterThan(40);
    expect(own.map(nameOf).sort(), advice).toEqual(items.map(({ name }) => name).sort());
  });

  it.each(items)(
    '$name has an oracle, a test, and was seen on both devices',
    ({ name, oracle, source, tests, gradient }) => {
      expect(oracleExists({ oracle, source }), `${name}: '${oracle}' is no oracle; ${advice}`).toBe(true);
      expect(tests.length, `${name}: no test names it`).toBeGreaterThan(0);
      const row = own.find((cells) => nameOf(cells) === name)!;
      if (kind === 'op' && !(name in readBy)) {
        for (const cell of [row[4], row[5]]) expect(cell, `${name}: ${advice}`).toMatch(/^(0|\d\.\de-\d+)$/);
        for (const cell of [row[7], row[8]]) {
          expect(cell, `${name}: ${advice}`).toMatch(gradient ? /^(0|\d\.\de-\d+)$/ : /^-$/);
        }
        // Gradients and values of float32: anything above is a mistake, or a test that measures badly.
        for (const cell of [row[4], row[5], row[7], row[8]])
          if (cell !== '-') expect(Number(cell)).toBeLessThan(1e-4);
      }
      if (kind === 'kernel' && gradient) {
        expect(
          tests.some(checksGradients),
          `${name}: no test compares its oracle with central differences`,
        ).toBe(true);
      }
    },
  );
});

describe('the inventory', () => {
  it('has the kernels that stand outside of wgsl-kernels', () => {
    const outside = kernelItems().filter(({ source }) => !source.startsWith('packages/wgsl-kernels/'));
    expect(outside).toMatchObject([
      { name: 'addToTotals', oracle: 'addToTotalsOracle', source: 'packages/nn/src/fit/add-to-totals.ts' },
    ]);
  });
});

describe('the table of coverage', () => {
  const factories = kernelItems().map(({ name }) => name);

  it('knows which function makes a kernel', () => {
    expect(factoryOf('reluForward', factories)).toBe('unaryForward');
    expect(factoryOf('mulGradient', factories)).toBe('binaryGradient');
    expect(factoryOf('bceWithLogitsTotal', factories)).toBe('pointwiseLossForward');
    expect(factoryOf('matmulSum', factories)).toBe('matmul');
    expect(factoryOf('varianceGradient', factories)).toBe('varianceGradient');
    expect(factoryOf('conv2dForward', factories)).toBe('conv2dForward');
    expect(() => factoryOf('unheardOf', factories)).toThrow(/unheardOf/);
  });

  it('finds what nobody compared', () => {
    const note = { kind: 'op', what: 'value', device: 'wasm', test: '', count: 3, worst: 1e-7 } as const;
    const found = gaps(collect([{ ...note, name: 'relu' }], factories));
    expect(found).toContain('op relu: no value was compared on webgpu');
    expect(found).toContain('op relu: no gradient was compared on wasm');
    expect(found).toContain('kernel relayout: no output was compared on wasm');
    expect(found).not.toContain('op relu: no value was compared on wasm');
  });
});
