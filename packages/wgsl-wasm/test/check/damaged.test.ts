import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { mutated, mutation } from '../../../medmnist/test/helpers/mutations.ts';
import { checkModule } from '../../src/complete.ts';
import { compileKernel } from '../../src/index.ts';
import { WgslError } from '../../src/syntax/diagnostics.ts';
import { CORPORA, wrapBody } from './corpus/index.ts';
import { mutateProgram } from './mutate.ts';
import { openTint, type Tint } from './tint.ts';

/**
 * Fuzzing of the compiler with damaged programs: each is refused at a place in it, or compiled to a valid module.
 * Tint is asked whether it is valid; none is run.
 */

let tint: Tint;
beforeAll(async () => {
  tint = await openTint();
});
afterAll(() => tint.close());

/** The project's own kernels: one of each form. */
const folder = join(import.meta.dirname, '../../../wgsl-kernels/wgsl');
const kernels = globSync('*/*.wgsl', { cwd: folder }).map((path) => readFileSync(join(folder, path), 'utf8'));
const corpus = CORPORA.flatMap(({ bodies, modules }) => [
  ...(bodies?.valid ?? []).map(wrapBody),
  ...(modules?.valid ?? []),
]);

function refusal(source: string): WgslError | null {
  try {
    checkModule(source);
    return null;
  } catch (error) {
    if (!(error instanceof WgslError)) throw error;
    for (const { message, line, column, offset, length } of error.diagnostics) {
      expect(message.length).toBeGreaterThan(5);
      expect(message).not.toMatch(/undefined|\[object|NaN/);
      expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + length).toBeLessThanOrEqual(source.length + 1);
    }
    return error;
  }
}

interface Count {
  valid: number;
  invalid: number;
  compiled: number;
}

async function judge(source: string, count: Count): Promise<void> {
  const ours = refusal(source);
  try {
    const { wasm } = compileKernel(source);
    expect(WebAssembly.validate(wasm)).toBe(true);
    expect(ours).toBe(null);
    count.compiled++;
  } catch (error) {
    if (!(error instanceof WgslError)) {
      expect((error as Error).message).toMatch(
        /^\d+:\d+: |^the module has (no @compute entry point|the entry points )/,
      );
    }
  }
  count[ours ? 'invalid' : 'valid']++;
  if (ours?.kind === 'subset') return;
  const theirs = await tint.judge(source);
  const verdicts = `Tint: ${theirs?.message ?? 'valid'}\nhere: ${ours?.message ?? 'valid'}\n${source}`;
  expect(ours === null, verdicts).toBe(theirs === null);
}

const entropy = fc.array(fc.nat(0xffff), { minLength: 24, maxLength: 24 });

/** The program after so many changes of tokens. */
function withTokensChanged(source: string, numbers: readonly number[], times: number): string {
  let next = 0;
  const pick = (n: number) => (n > 0 ? numbers[next++ % numbers.length] % n : 0);
  let text = source;
  for (let i = 0; i < times && text.trim() !== ''; i++) text = mutateProgram(text, pick);
  return text;
}

describe('damaged programs', () => {
  it.each([
    ['kernels', kernels, 120],
    ['programs of the corpus', corpus, 600],
  ])('%s with other tokens', async (_, sources, usual) => {
    expect(sources.length).toBeGreaterThan(30);
    const count: Count = { valid: 0, invalid: 0, compiled: 0 };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sources), entropy, fc.integer({ min: 1, max: 3 }), (source, e, n) =>
        judge(withTokensChanged(source, e, n), count),
      ),
      { numRuns: cases(usual) },
    );
    // Not all changes do harm.
    expect(count.valid).toBeGreaterThan(0);
    expect(count.invalid).toBeGreaterThan(count.valid);
  });

  it('pieces of two programs, and bytes changed anywhere', async () => {
    const count: Count = { valid: 0, invalid: 0, compiled: 0 };
    const source = fc.constantFrom(...kernels, ...corpus);
    await fc.assert(
      fc.asyncProperty(
        source,
        source,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(mutation, { maxLength: 3 }),
        async (a, b, where, mutations) => {
          const joined =
            mutations.length === 0
              ? a.slice(0, Math.floor(where * a.length)) + b.slice(Math.floor(where * b.length))
              : a;
          await judge(new TextDecoder().decode(mutated(new TextEncoder().encode(joined), mutations)), count);
        },
      ),
      { numRuns: cases(400) },
    );
    expect(Math.min(count.valid, count.invalid)).toBeGreaterThan(0);
  });

  it('words in any order', async () => {
    const word = fc.constantFrom(
      ...'fn var let const struct alias override if else for loop while switch case default return break'.split(
        ' ',
      ),
      ...'( ) { } [ ] < > ; , : . = == += ++ & * -> @ @compute @workgroup_size(1) @group(0) a b main f32'.split(
        ' ',
      ),
      ...'vec4<f32> array<u32,4> ptr<function,f32> 1 1u 0x7fffffff 1e38 1.5h /* // \u0000 \u{1f600} é'.split(
        ' ',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 40 }), async (words) => {
        await judge(words.join(' '), { valid: 0, invalid: 0, compiled: 0 });
      }),
      { numRuns: cases(400) },
    );
  });
});
