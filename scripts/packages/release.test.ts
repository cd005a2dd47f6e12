import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root as own } from '../plain-javascript.ts';
import { publishingProblems, publishOrder, releaseProblems, setVersion } from './release-checks.ts';

/** What `npm run release` looks at, in a repository made for it. */

let root: string;
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
const git = (...args: string[]) => {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  const { status, stderr } = spawnSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
};
const manifest = (name: string, more: object = {}) =>
  `${JSON.stringify({ name, version: '0.1.0', type: 'module', ...more }, null, 2)}\n`;
const repository = { type: 'git', url: 'git+https://example.org/somebody/glassbox.git' };
/** Commits everything there is. */
const commit = () => {
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'all');
};
const clean = 'the working tree is clean';
const problems = () => Object.values(releaseProblems(root)).filter(Boolean);
/** Those but for the working tree, which these tests do not need. */
const others = () => {
  const { [clean]: _, ...rest } = releaseProblems(root);
  return Object.values(rest).filter(Boolean);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'glassbox-release-'));
  write('package.json', manifest('repository', { private: true, repository }));
  write(
    'packages/a/package.json',
    manifest('@glassbox/a', { dependencies: { '@glassbox/b': 'workspace:*' } }),
  );
  write('packages/b/package.json', manifest('@glassbox/b'));
  write('packages/c/package.json', manifest('@glassbox/c', { private: true }));
  write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.1.0 (2026-11-28)\n\n- The first one.\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a release', () => {
  it('may go out when all is in place and committed', () => {
    commit();
    expect(problems()).toEqual([]);
    write('new.txt', '');
    expect(problems()).toEqual([expect.stringContaining('new.txt')]);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'a package of another version',
      () => write('packages/b/package.json', manifest('@glassbox/b').replace('0.1.0', '0.0.9')),
      /packages\/b\/package\.json has 0\.0\.9/,
    ],
    ['no section of CHANGELOG.md', () => write('CHANGELOG.md', '# Changelog\n'), /no section '## 0\.1\.0'/],
    [
      'an empty section',
      () => write('CHANGELOG.md', '## 0.1.0 (2026-11-28)\n\n## 0.0.9\n\n- x\n'),
      /no section '## 0\.1\.0', or it is empty/,
    ],
    [
      'a section of a longer name only',
      () => write('CHANGELOG.md', '## 0.1.0-rc.1\n\n- x\n'),
      /no section '## 0\.1\.0'/,
    ],
    [
      'something unreleased',
      () => write('CHANGELOG.md', '## Unreleased\n\n- x\n\n## 0.1.0\n\n- y\n'),
      /'Unreleased' is not empty/,
    ],
    [
      'no repository',
      () => write('package.json', manifest('repository', { private: true })),
      /"repository": .*git\+https/,
    ],
  ])('is kept back by %s', (_, spoil, message) => {
    spoil();
    expect(others()).toEqual([expect.stringMatching(message)]);
  });

  it('needs CI, its tag and a token', () => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://…',
      GITHUB_REF_NAME: 'v0.1.0',
      NODE_AUTH_TOKEN: 'x',
    };
    const missing = (given: NodeJS.ProcessEnv) =>
      Object.values(publishingProblems('0.1.0', given)).filter(Boolean);
    expect(missing(env)).toEqual([]);
    expect(missing({ ...env, GITHUB_REF_NAME: 'main' })).toEqual(['this is main']);
    expect(missing({})).toHaveLength(3);
  });

  it('tells every package where its source is', async () => {
    mkdirSync(join(root, 'scripts/packages'), { recursive: true });
    copyFileSync(join(own, 'scripts/packages/pnpmfile.mjs'), join(root, 'scripts/packages/pnpmfile.mjs'));
    const { hooks } = await import(pathToFileURL(join(root, 'scripts/packages/pnpmfile.mjs')).href);
    const packed = hooks.beforePacking({ name: '@glassbox/a', version: '0.1.0' });
    expect(packed).toEqual({
      name: '@glassbox/a',
      version: '0.1.0',
      repository: { ...repository, directory: 'packages/a' },
    });
  });

  it('publishes first what others need, and nothing private', () => {
    expect(publishOrder(root).map(({ folder }) => folder)).toEqual(['b', 'a']);
    const order = publishOrder(own).map(({ folder }) => folder);
    expect(order.indexOf('glassbox')).toBeGreaterThan(order.indexOf('nn'));
    expect(order).not.toContain('experiments');
  });
});

describe('a version', () => {
  it('is written everywhere, with a section of CHANGELOG.md', () => {
    write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- Old.\n');
    const changed = setVersion(root, '0.2.0-rc.1', new Date('2026-12-01T12:00:00Z'));
    expect(changed).toHaveLength(5);
    expect(readFileSync(join(root, 'packages/c/package.json'), 'utf8')).toBe(
      manifest('@glassbox/c', { private: true }).replace('0.1.0', '0.2.0-rc.1'),
    );
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0-rc.1 (2026-12-01)\n\n- New.\n\n## 0.1.0\n\n- Old.\n',
    );
    expect(others()).toEqual([]);
  });

  it.each([
    ['next', '- New.', 'expected a version such as'],
    ['0.1.0', '- New.', 'has a section'],
    ['0.2.0', '', 'nothing under'],
  ])('%s with %j unreleased is refused, and nothing is written', (version, unreleased, message) => {
    write('CHANGELOG.md', `## Unreleased\n\n${unreleased}\n\n## 0.1.0\n\n- Old.\n`);
    expect(() => setVersion(root, version)).toThrow(message);
    expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"version": "0.1.0"');
  });
});
