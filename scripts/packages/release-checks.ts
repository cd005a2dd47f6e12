/** What has to be right before a release, and the versions that it changes. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly repository?: { readonly type?: string; readonly url?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const manifestAt = (root: string, file: string): Manifest => JSON.parse(read(root, file));

/** Every package.json of the workspace, those that are not published among them. */
const manifestFiles = (root: string) =>
  globSync(['package.json', 'packages/*/package.json', 'benchmarks/package.json'], { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();

/** The version of the repository, which all packages have. */
export const versionOf = (root: string): string => manifestAt(root, 'package.json').version;

/** What is wrong, by what was looked at; empty texts where all is well. */
export function releaseProblems(root: string): Record<string, string> {
  const version = versionOf(root);
  return {
    'the working tree is clean': uncommitted(root),
    [`every version is ${version}`]: manifestFiles(root)
      .map((file) => ({ file, found: manifestAt(root, file).version }))
      .filter(({ found }) => found !== version)
      .map(({ file, found }) => `${file} has ${found}: npm run release -- --set VERSION writes all of them`)
      .join('\n'),
    [`CHANGELOG.md has a section for ${version}`]: changelogProblem(read(root, 'CHANGELOG.md'), version),
    'package.json says where the repository is': repositoryProblem(manifestAt(root, 'package.json')),
  };
}

function uncommitted(root: string): string {
  const { status, stdout, stderr, error } = spawnSync('git', ['status', '--porcelain'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) return `git status failed: ${stderr || error?.message}`;
  return stdout && `commit or remove:\n${stdout.trimEnd()}`;
}

/** The text under a heading of the second level; undefined if there is no such heading. */
function section(changelog: string, title: string): string | undefined {
  // Behind a version stands its date.
  const found = changelog.split(/^## /m).find((part) => part.split(/\s/, 1)[0] === title);
  return found?.slice(found.indexOf('\n') + 1).trim();
}

function changelogProblem(changelog: string, version: string): string {
  if (section(changelog, 'Unreleased'))
    return `'Unreleased' is not empty: npm run release -- --set VERSION moves it`;
  return section(changelog, version) ? '' : `there is no section '## ${version}', or it is empty`;
}

/** npm compares the address with the one that CI signs. */
function repositoryProblem({ repository }: Manifest): string {
  if (repository?.type === 'git' && /^git\+https:\/\/[\w.-]+\/.+\.git$/.test(repository.url ?? '')) return '';
  return (
    'set it there, for all packages: "repository": { "type": "git", "url": "git+https://HOST/OWNER/NAME.git" }. ' +
    'npm gives no provenance without the public repository that CI runs in'
  );
}

/** What is missing on this machine to publish. */
export function publishingProblems(version: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const tag = `v${version}`;
  return {
    'CI vouches for where packages come from': env.ACTIONS_ID_TOKEN_REQUEST_URL
      ? ''
      : 'publish from .github/workflows/release.yml, whose permissions have `id-token: write`; here: --dry-run',
    [`the tag is ${tag}`]:
      env.GITHUB_REF_NAME === tag ? '' : `this is ${env.GITHUB_REF_NAME ?? 'no run for a tag'}`,
    'npm lets us in': env.NODE_AUTH_TOKEN
      ? ''
      : "NODE_AUTH_TOKEN is empty: give the workflow a secret NPM_TOKEN, one of npm's granular access tokens",
  };
}

/** The packages to publish, those first that others depend on. */
export function publishOrder(root: string): { readonly name: string; readonly folder: string }[] {
  const all = manifestFiles(root)
    .filter((file) => file.startsWith('packages/'))
    .map((file) => ({ folder: basename(dirname(file)), ...manifestAt(root, file) }))
    .filter((each) => !each.private);
  const order: { readonly name: string; readonly folder: string }[] = [];
  const visit = (each: (typeof all)[number]) => {
    if (order.some(({ name }) => name === each.name)) return;
    for (const other of all) if (each.dependencies && other.name in each.dependencies) visit(other);
    order.push({ name: each.name, folder: each.folder });
  };
  all.forEach(visit);
  return order;
}

/**
 * Writes a version into each package.json, and moves what is unreleased in CHANGELOG.md to a section of its own.
 * @returns the files that it changed
 * @throws UsageError if it is no version, had a release already, or if nothing is unreleased
 */
export function setVersion(root: string, version: string, date = new Date()): string[] {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    throw new UsageError(`--set ${version}: expected a version such as 0.2.0`);
  const changelog = read(root, 'CHANGELOG.md');
  if (section(changelog, version) !== undefined)
    throw new UsageError(`CHANGELOG.md has a section '## ${version}' already`);
  if (!section(changelog, 'Unreleased'))
    throw new UsageError("CHANGELOG.md has nothing under '## Unreleased'");
  const files = manifestFiles(root).filter((file) => manifestAt(root, file).version !== version);
  for (const file of files) {
    // As text: the files keep their form.
    writeFileSync(join(root, file), read(root, file).replace(/^(\s*"version": ").*(")/m, `$1${version}$2`));
  }
  const title = `## Unreleased\n\n## ${version} (${date.toISOString().slice(0, 10)})`;
  writeFileSync(join(root, 'CHANGELOG.md'), changelog.replace(/^## Unreleased$/m, title));
  return [...files, 'CHANGELOG.md'];
}
