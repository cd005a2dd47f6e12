import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every command of package.json says what it does when it is asked, and does nothing else. */

const root = resolve(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Those that are a tool under its own name: it has its own help. */
const tools = ['typecheck', 'format'];
const own = Object.entries(scripts).filter(([name]) => !tools.includes(name));

/** Runs a command as npm does, but for the install that scripts/run.mjs does first. */
function run(script: string, ...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const words = script.replace(/^node (scripts\/run\.mjs )?/, '').split(' ');
  return new Promise((settle) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...words, ...args],
      { cwd: root },
      (_, out, err) => settle({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('the commands of package.json', () => {
  it('are all programs of this project, but for two tools', () => {
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(tools));
    for (const [name, script] of own) expect(script, name).toMatch(/^node scripts\//);
  });

  it.concurrent.each(own)('%s: --help', async (name, script) => {
    const long = await run(script, '--help');
    expect(long).toMatchObject({ status: 0, err: '' });
    // Tuning is one of the benchmarks.
    const called = name === 'tune' ? 'bench -- tune' : name;
    expect(long.out).toContain(name === 'test' ? 'npm test' : `npm run ${called}`);
    expect(long.out.length).toBeGreaterThan(100);
  });

  // npm test hands its options on to vitest.
  it.concurrent.each(own.filter(([name]) => name !== 'test'))(
    '%s: refuses a flag that it does not know',
    async (_, script) => {
      const { status, err } = await run(script, '--frobnicate');
      expect(status).toBe(2);
      expect(err).toContain('--frobnicate');
      expect(err).not.toContain('    at ');
    },
  );

  it.concurrent.each(['classroom', 'tune', 'coverage:ops', 'conformance', 'test'])(
    '%s: -h is --help',
    async (name) => {
      expect(await run(scripts[name], '-h')).toEqual(await run(scripts[name], '--help'));
    },
  );

  it.concurrent.each([
    ['classroom', ['--port', '99999'], 'expected a whole number'],
    ['classroom', ['--build', 'docs'], 'other files'],
    ['classroom', ['--build', 'site', '--port', '1'], 'leave --port out'],
    ['example', ['now'], 'takes no arguments'],
    ['coverage:ops', ['relu'], 'takes no arguments'],
    ['conformance', [], '--cts FOLDER is missing'],
    ['conformance', ['--cts', 'docs'], 'no checkout'],
    ['explain', ['konv'], 'conv2dForward'],
    ['measurements', ['speed'], "no measurement 'speed'"],
    ['measurements', ['practical'], 'run npm run practical'],
    ['measurements', ['host', 'step', '--from', 'runs'], 'for one NAME'],
  ])('%s %j: says what is wrong', async (name, args, message) => {
    const { status, err } = await run(scripts[name], ...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('--help');
  });
});
