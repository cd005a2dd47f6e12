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

const manifests = globSync(
  ['package.json', 'packages/*/package.json', '{benchmarks,classroom}/package.json'],
  {
    cwd: root,
  },
).map((file) => ({
  user: file === 'package.json' ? 'root' : basename(dirname(file)),
  manifest: JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>,
}));

/** What others publish, by the fields of package.json that name it. */
const declaredAs = (...kinds: readonly string[]): Declared[] =>
  manifests.flatMap(({ user, manifest }) =>
    kinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, version]) => !version.startsWith('workspace:'))
      .map(([name, version]) => ({ name, version, user })),
  );
const declared = declaredAs('dependencies', 'devDependencies', 'optionalDependencies');
const names = [...new Set(declared.map(({ name }) => name))].sort();
const rows = new Map(
  read('docs', 'dependencies.md')
    .replaceAll('\n  ', ' ')
    .matchAll(/^- `(.+?)` \((.+?)\): (.+) Considered instead: (.+)$/gm)
    .map(([, name, ...cells]) => [name, cells]),
);
/** Names of packages whose install scripts may run. */
const allowed = [...read('pnpm-workspace.yaml').matchAll(/^ {2}(\S+): true$/gm)].map(([, name]) => name);

const places: Readonly<Record<string, readonly string[]>> = {
  root: ['{scripts,examples}/**/*.ts', 'packages/*/test/**/*.ts', '*.config.ts', 'tsconfig.json'],
  benchmarks: ['benchmarks/{src,test}/**/*.ts'],
  classroom: ['classroom/*.ts', 'classroom/{src,test}/**/*.{ts,tsx}'],
};

/** The sources, tests and settings of a package; tests use some of the root's packages. */
function textsOf(user: string): string[] {
  const files = globSync(places[user] ?? `packages/${user}/{src,test,bench,conformance}/**/*.ts`, {
    cwd: root,
  });
  return files.map((file) => read(file));
}

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const commands = [
  ...Object.values(scripts),
  ...globSync('scripts/*.{mjs,ts}', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => read(file)),
].join('\n');

/** True for what is run, not imported: its programs are named in a script. Types belong to what they describe. */
function isRun(name: string): boolean {
  const described = name.match(/^@types\/(.*)$/)?.[1];
  if (described) return names.includes(described);
  const manifest = join('node_modules', name, 'package.json');
  if (!existsSync(join(root, manifest))) return false;
  const { bin = {} } = JSON.parse(read(manifest)) as { bin?: object | string };
  const programs = typeof bin === 'string' ? [name] : Object.keys(bin);
  return programs.some((program) => new RegExp(`\\b${program}\\b`).test(commands));
}

describe('dependencies', () => {
  it('each has a row in docs/dependencies.md, and each row is of one', () => {
    expect([...rows.keys()].sort()).toEqual(names);
  });

  it.each(names)(
    '%s: its row names who declares it, what it is for, and what was considered instead',
    (name) => {
      const cells = rows.get(name)!;
      const users = declared.filter((each) => each.name === name).map(({ user }) => user);
      expect(cells[0].split(', ').sort()).toEqual([...new Set(users)].sort());
      expect(cells.length).toBe(3);
      for (const words of cells.slice(1)) expect(words).toMatch(/\w{3}/);
    },
  );

  it.each(declared)('$name is used by $user, which declares it', ({ name, user }) => {
    const imported = new RegExp(`['"\`]${name}(/[^'"\`]*)?['"\`]`);
    expect(textsOf(user).some((text) => imported.test(text)) || isRun(name)).toBe(true);
  });

  it.each(names)('%s: one exact version, the one in the lockfile', (name) => {
    const versions = new Set(declared.filter((each) => each.name === name).map(({ version }) => version));
    expect(versions.size).toBe(name === 'typescript' ? 2 : 1);
    for (const version of versions) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      const key = `${name}@${version}`;
      expect(read('pnpm-lock.yaml')).toMatch(
        new RegExp(`\\n {2}'?${key.replaceAll('.', '\\.')}'?:\\n {4}resolution: \\{integrity: sha512-`),
      );
    }
  });

  it.each(declaredAs('peerDependencies'))(
    '$name, a peer of $user: optional, from the version used here on',
    (peer) => {
      const { manifest } = manifests.find(({ user }) => user === peer.user)!;
      expect(manifest.peerDependenciesMeta?.[peer.name]).toEqual({ optional: true });
      expect(declared.map(({ name, version }) => `${name} ^${version}`)).toContain(
        `${peer.name} ${peer.version}`,
      );
    },
  );

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
