import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@glassbox/medmnist';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { amount, cases } from '../../../../scripts/soak/amount.ts';
import { mutated, mutation } from '../../../medmnist/test/helpers/mutations.ts';
import { ParityInputError } from '../../src/parity/errors.ts';
import { type Golden, readGolden } from '../../src/parity/golden.ts';
import { type ParitySpec, parseSpec } from '../../src/parity/spec.ts';

/** Fuzzing of the reader of recorded trajectories: a clear error, or what was recorded. */

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/parity/${name}`, import.meta.url)));
const names = ['practical-edges', 'trajectory-autoencoder'];
const specs = names.map((name) => fixture(`${name}.json`));
const work = mkdtempSync(join(tmpdir(), 'glassbox-golden-'));
afterAll(() => rmSync(work, { recursive: true }));

function expectClear(error: unknown): void {
  expect(error instanceof ParityInputError || error instanceof DataError).toBe(true);
  const { message } = error as Error;
  expect(message).not.toMatch(/is not a function|Cannot read prop|not iterable|call stack/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(message.length).toBeLessThan(1000);
}

function specOrRefusal(text: string): void {
  let spec: ParitySpec;
  try {
    spec = parseSpec(text, 'some.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ParityInputError);
    expectClear(error);
    return;
  }
  for (const count of [spec.batch, spec.steps, ...(spec.widths ?? [])]) {
    expect(Number.isSafeInteger(count) && count > 0).toBe(true);
  }
  const { optimizer } = spec;
  const numbers = optimizer.kind === 'sgd' ? [optimizer.momentum] : [...optimizer.betas, optimizer.eps];
  for (const value of [...numbers, optimizer.lr, optimizer.weightDecay]) {
    expect(typeof value).toBe('number');
    expect(value).toBeGreaterThanOrEqual(0);
  }
  expect(spec.dataset).not.toMatch(/[/\\]/);
}

describe('fuzzing of recorded trajectories', () => {
  it('descriptions with bytes changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...specs),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (spec, mutations) => specOrRefusal(new TextDecoder().decode(mutated(spec, mutations))),
      ),
      { numRuns: cases(1000) },
    );
  });

  it('descriptions with any JSON in any place', () => {
    const sound = specs.map((spec) => JSON.parse(new TextDecoder().decode(spec)) as Record<string, unknown>);
    const value = fc.oneof(
      fc.constantFrom(
        null,
        '',
        '0.5',
        -1,
        1e300,
        0.5,
        2 ** 53,
        [],
        {},
        [null, null],
        ['0.9', '0.9'],
        '../up',
        '\u009b',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const place = fc.constantFrom(
      ...'dataset batch steps model widths loss optimizer optimizer.kind optimizer.lr optimizer.betas'.split(
        ' ',
      ),
      ...'optimizer.momentum optimizer.nesterov optimizer.weightDecay optimizer.eps optimizer.more'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...sound), place, value, (spec, where, what) => {
        const changed = structuredClone(spec);
        const [first, second] = where.split('.');
        if (second) (changed[first] as Record<string, unknown>)[second] = what;
        else changed[first] = what;
        specOrRefusal(JSON.stringify(changed));
      }),
      { numRuns: cases(1000) },
    );
  });

  it('arrays with bytes changed', async () => {
    const sound = await Promise.all(
      names.map(async (name, index) => {
        const [file, bytes] = [join(work, `${name}.npz`), fixture(`${name}.npz`)];
        writeFileSync(join(work, `${name}.json`), specs[index]);
        writeFileSync(file, bytes);
        return { file, bytes, expected: await readGolden(file) };
      }),
    );
    let read = 0;
    const any = fc.array(mutation, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sound), any, async ({ file, bytes, expected }, mutations) => {
        writeFileSync(file, mutated(bytes, mutations));
        let golden: Golden;
        try {
          golden = await readGolden(file);
        } catch (error) {
          expectClear(error);
          return;
        }
        // Every array has a checksum: what is read is what was written.
        expect(golden).toEqual(expected);
        read++;
      }),
      { numRuns: amount(60, 2000) },
    );
    expect(read).toBeGreaterThan(0);
  });
});
