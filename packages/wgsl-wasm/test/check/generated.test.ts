import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { checkModule } from '../../src/complete.ts';
import { WgslError } from '../../src/syntax/diagnostics.ts';
import { programs } from './generate.ts';
import { uniformityPrograms } from './generate-uniformity.ts';
import { openTint, type Tint } from './tint.ts';

let tint: Tint;
beforeAll(async () => {
  tint = await openTint();
});
afterAll(() => tint.close());

function refusal(source: string): WgslError | null {
  try {
    checkModule(source);
    return null;
  } catch (error) {
    if (error instanceof WgslError) return error;
    throw error;
  }
}

/** Asserts that both judge the program alike, and counts it. */
async function compare(source: string, count: { valid: number; invalid: number }): Promise<void> {
  const ours = refusal(source);
  if (ours?.kind === 'subset') return;
  const theirs = await tint.judge(source);
  const verdicts = `Tint: ${theirs?.message ?? 'valid'}\nhere: ${ours?.message ?? 'valid'}\n${source}`;
  expect(ours === null, verdicts).toBe(theirs === null);
  count[ours ? 'invalid' : 'valid']++;
}

describe('generated programs', () => {
  it('agree with Tint on validity, as they are and mutated', async () => {
    const count = { valid: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(programs, async ({ source, mutated }) => {
        await compare(source, count);
        await compare(mutated, count);
      }),
      { numRuns: cases(250) },
    );
    // The generator is worth something only if most of what it makes is valid, and most mutations are not.
    expect(count.valid).toBeGreaterThan(100);
    expect(count.invalid).toBeGreaterThan(100);
  });

  it('agree with Tint on where barriers may stand', async () => {
    const count = { valid: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(uniformityPrograms, (source) => compare(source, count)),
      { numRuns: cases(400) },
    );
    expect(count.valid).toBeGreaterThan(50);
    expect(count.invalid).toBeGreaterThan(50);
  });
});
