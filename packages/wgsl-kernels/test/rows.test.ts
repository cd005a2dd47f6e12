import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';
import { binaryOps, unaryOps, updateRules } from '../src/index.ts';
import { rowOf } from '../src/row.ts';

/** What a bundler leaves of the package for a program that uses these exports. */
async function bundled(...names: readonly string[]): Promise<string> {
  const page = 'page.js';
  const index = join(import.meta.dirname, '..', 'src', 'index.ts');
  const program = {
    name: 'program',
    resolveId: (asked: string) => (asked === page ? page : undefined),
    load: (asked: string) =>
      asked === page ? `import { ${names} } from '${index}';\nconsole.log(${names});` : undefined,
  };
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [program],
    build: { write: false, minify: false, rolldownOptions: { input: page } },
  })) as Rolldown.RolldownOutput;
  return output[0].code;
}

const rowsIn = (code: string) =>
  [...code.matchAll(/\b(?:unaryOp|binaryOp|updateRule)\("(\w+)"/g)].map(([, name]) => name).sort();

it('a bundle has the rows that a program uses, and no others', async () => {
  expect(rowsIn(await bundled('unaryForward', 'binaryForward', 'update'))).toEqual([]);
  expect(rowsIn(await bundled('tanhOp', 'relu6Op', 'maximumOp', 'lionRule'))).toEqual([
    'lion',
    'maximum',
    'relu6',
    'tanh',
  ]);
  const all = await bundled('unaryOps', 'binaryOps', 'updateRules');
  const names = [unaryOps, binaryOps, updateRules].flatMap((table) => Object.keys(table));
  expect(rowsIn(all)).toEqual(names.sort());
});

it('kernels are found again by the key of a row', () => {
  const row = rowOf({ op: 'double' }, { forward: '2f * x' });
  expect(row.row.forward).toBe('2f * x');
  expect(Object.entries(row)).toEqual([['op', 'double']]);
  for (const [name, { op }] of [...Object.entries(unaryOps), ...Object.entries(binaryOps)])
    expect(op).toBe(name);
  for (const [name, { rule }] of Object.entries(updateRules)) expect(rule).toBe(name);
});
