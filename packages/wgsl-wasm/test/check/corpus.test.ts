import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkModule } from '../../src/complete.ts';
import { WgslError } from '../../src/syntax/diagnostics.ts';
import { CORPORA, wrapBody } from './corpus/index.ts';
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

describe.each(CORPORA)('$subject', ({ bodies, modules }) => {
  const all = [
    ...(bodies?.valid ?? []).map((body) => ({ source: wrapBody(body), valid: true })),
    ...(bodies?.invalid ?? []).map((body) => ({ source: wrapBody(body), valid: false })),
    ...(modules?.valid ?? []).map((source) => ({ source, valid: true })),
    ...(modules?.invalid ?? []).map((source) => ({ source, valid: false })),
  ];

  it.each(all)('$source', async ({ source, valid }) => {
    const theirs = await tint.judge(source);
    const ours = refusal(source);
    expect(theirs === null, `Tint: ${theirs?.message ?? 'valid'}`).toBe(valid);
    // Outside the subset is refused, whether valid or not; the corpus `subset` holds those.
    if (ours?.kind === 'subset') return;
    expect(ours === null, `here: ${ours?.message ?? 'valid'}`).toBe(valid);
  });
});
