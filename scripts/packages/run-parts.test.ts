import { Session } from 'node:inspector/promises';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { onlyWhatRan, type ScriptCoverage } from './run-parts.ts';

/** Runs a script, and gives it back with `gone` in place of what did not run. */
async function sliced(code: string): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    new Script(code, { filename: 'sliced.js' }).runInThisContext();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const script = result.find(({ url }) => url === 'sliced.js') as ScriptCoverage;
    return onlyWhatRan(code, script, 'gone').replace(/\s+/g, ' ').trim();
  } finally {
    session.disconnect();
  }
}

it.each<[what: string, code: string, left: string]>([
  [
    'bodies of functions that were not called',
    '(() => { function f(a) { return a + 1; } const g = (a) => a; const h = { m(b) { } }; return [f, g, h]; })()',
    '(() => { function f(a) { gone(); } const g = gone; const h = { m(b) { gone(); } }; return [f, g, h]; })()',
  ],
  [
    'branches',
    '((a) => { if (a) a++; else { a--; } if (!a) throw new Error(a); return a ? a : -a; })(1)',
    '((a) => { if (a) a++; else gone(); if (!a) gone(); return a ? a : gone(); })(1)',
  ],
  [
    'the right side of an operator',
    '((a) => { a || a.b(); return (a && 1) ?? a.c(); })(2)',
    '((a) => { a || gone(); return (a && 1) ?? gone(); })(2)',
  ],
  [
    'cases, all together where the default did not run either',
    '((a) => { switch (a) { case 1: return 1; case 2: case 3: return 2; default: throw a; } })(1)',
    '((a) => { switch (a) { case 1: return 1; default: gone(); } })(1)',
  ],
  [
    'cases, one by one where the default ran or there is none',
    '((a) => { switch (a) { case 1: return 1; case 2: case 3: return 2; } })(1)',
    '((a) => { switch (a) { case 1: return 1; case 2: case 3: gone(); } })(1)',
  ],
  [
    'what follows a return, but not a function that is called',
    '((a) => { if (a) return f(a); const b = 2; return f(b); function f(c) { return c; } })(1)',
    '((a) => { if (a) return f(a); gone(); function f(c) { return c; } })(1)',
  ],
  [
    'handlers and bodies of loops',
    '((a) => { for (const b of a) { b.c(); } try { return a; } catch { return 0; } })([])',
    '((a) => { for (const b of a) gone(); try { return a; } catch { gone(); } })([])',
  ],
  [
    'not a function that was made, and is not called',
    '((a) => ((b) => () => a + b)(a) && (a ? () => 3 : 4))(1)',
    '((a) => ((b) => gone)(a) && (a ? gone : gone()))(1)',
  ],
])('takes out %s', async (_, code, left) => {
  expect(await sliced(code)).toBe(left);
});
