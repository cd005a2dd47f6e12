import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * A command that answers a question or hands work to others loads what that needs. What draws and trains is half of
 * the sources and most of the packages: it would make each answer, and each cell of a sweep, a second slower.
 */
const root = resolve(import.meta.dirname, '..');
const hook = `
  import { registerHooks } from 'node:module';
  const seen = [];
  registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
  process.on('exit', () => console.error(JSON.stringify(seen)));
`;

/** The files that a program loads. */
function loads(...args: string[]): Promise<string[]> {
  const flags = ['--disable-warning=ExperimentalWarning', '--import'];
  return new Promise((settle, fail) =>
    execFile(
      process.execPath,
      [...flags, `data:text/javascript,${encodeURIComponent(hook)}`, ...args],
      { cwd: root, maxBuffer: 2 ** 24 },
      (error, _, seen) => (error ? fail(error) : settle(JSON.parse(seen) as string[])),
    ),
  );
}

const experiments = (name: string) => join('packages/experiments/src/cli', `${name}.ts`);
const sweep = 'packages/sweep/src/cli.ts';

describe('what commands load', () => {
  it.concurrent.each([
    ['practical --help', [experiments('practical'), '--help']],
    ['medmnist --help', [experiments('medmnist'), '--help']],
    ['train --help', [experiments('train'), '--help']],
    ['predict --help', [experiments('predict'), '--help']],
    ['sweep --help', [sweep, '--help']],
    ['sweep FILE --dry-run', [sweep, 'examples/sweep.json', '--dry-run']],
  ])('%s: nothing that draws or trains', async (_, args) => {
    const seen = await loads(...args);
    expect(seen.length).toBeGreaterThan(5);
    const heavy =
      /\/(linkedom|@observablehq\/plot|d3|@resvg)\/|\/pages\/|\/tasks\/(?!ids)|\/run\/(?!options)/;
    const own = seen.filter((url) => !url.includes('/wgsl-wasm/') && !url.includes('/tensor-core/'));
    expect(own.filter((url) => heavy.test(url))).toEqual([]);
  });

  it('practical --help: little', async () => {
    expect((await loads(experiments('practical'), '--help')).length).toBeLessThan(40);
  });
});
