import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** docs/dependencies.md against every package.json, the lockfile and what is installed. */

const root = resolve(import.meta.dirname, '..');
const read = (...names: string[]) => readFileSync(join(root, ...names), 'utf8');

interface Declared {
  readonly name: string;
  readonly version: string;
  /** The workspace package that declares it; `root`. */
  readonly user: string;
}

const declared: readonly Declared[] = globSync(
  ['package.json', 'packages/*/package.json', 'benchmarks/package.json'],
  {
    cwd: root,
  },
).flatMap((file) => {
  const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>;
  const user = file === 'package.json' ? 'root' : basename(dirname(file));
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([name]) => !name.startsWith('@glassbox/'))
    .map(([name, version]) => ({ name, version, user }));
});
const names = [...new Set(declared.map(({ name }) => name))].sort();
const rows = new Map(
  read('docs', 'dependencies.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '))
    .map(([name, ...cells]) => [name.replaceAll('`', ''), cells]),
);
/** Names of packages whose install scripts may run. */
const allowed = [...read('pnpm-workspace.yaml').matchAll(/^ {2}(\S+): true$/gm)].map(([, name]) => name);

describe('dependencies', () => {
  it('are found', () => {
    expect(names.length).toBeGreaterThan(15);
  });

  it('each has a row in docs/dependencies.md, and each row is of one', () => {
    expect([...rows.keys()].sort()).toEqual(names);
  });

  it.each(names)('%s: its row says where it is used, what for, and what was considered instead', (name) => {
    const [users, purpose, instead] = rows.get(name)!;
    const using = declared.filter((each) => each.name === name).map(({ user }) => user);
    expect(users.split(', ').sort()).toEqual([...new Set(using)].sort());
    expect(purpose.length).toBeGreaterThan(2);
    expect(instead.length).toBeGreaterThan(2);
  });

  it.each(names)('%s: one exact version, the one in the lockfile', (name) => {
    const versions = new Set(declared.filter((each) => each.name === name).map(({ version }) => version));
    expect(versions.size).toBe(1);
    const [version] = versions;
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    const key = `${name}@${version}`;
    expect(read('pnpm-lock.yaml')).toMatch(
      new RegExp(`\\n {2}'?${key.replaceAll('.', '\\.')}'?:\\n {4}resolution: \\{integrity: sha512-`),
    );
  });

  it('install scripts are allowed by name, to direct dependencies that have one', () => {
    expect(allowed.length).toBeGreaterThan(0);
    for (const name of allowed) expect(names).toContain(name);
    const store = join(root, 'node_modules', '.pnpm');
    const scripted = new Set<string>();
    for (const entry of existsSync(store) ? readdirSync(store) : []) {
      const folder = join(store, entry, 'node_modules');
      // The package's own name: what lies beside it are links to its dependencies.
      const own = entry
        .split('_')[0]
        .replace('+', '/')
        .replace(/@[^@]*$/, '');
      const manifest = join(folder, own, 'package.json');
      if (!existsSync(manifest)) continue;
      const { scripts = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
        scripts?: Record<string, string>;
      };
      if (['preinstall', 'install', 'postinstall'].some((script) => scripts[script])) scripted.add(own);
    }
    expect([...scripted].filter((name) => !allowed.includes(name))).toEqual([]);
    expect([...scripted].sort()).toEqual([...allowed].sort());
  });
});
