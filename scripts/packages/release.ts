/** `npm run release`: publishes every package in one version. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { root } from '../plain-javascript.ts';
import { packPackages, run } from './installed.ts';
import {
  publishingProblems,
  publishOrder,
  releaseProblems,
  setVersion,
  versionOf,
} from './release-checks.ts';
import { tryPackages } from './try-packages.ts';
import { Verdicts } from './verdicts.ts';

const help = `
npm run release -- --dry-run
npm run release -- --set 0.2.0
npm run release

Publishes all packages on npm, in one version, with provenance: a signed statement of npm's that says which commit and
which run of CI a package comes from. It checks that the working tree is clean, that all versions are the same, that
CHANGELOG.md has a section for it and nothing unreleased, and that package.json says where the repository is. Then it
builds, packs, and tries the tarballs (npm run test:packages, with one Node and without pages). What was tried is what
is published.

  --dry-run      all of that, and what would be published; nothing leaves this machine
  --set VERSION  writes the version into each package.json and gives CHANGELOG.md a section for it; to be committed

Without either it publishes, which works in CI only: .github/workflows/release.yml runs it for a tag such as v0.2.0.
Packages that npm has already in this version are left out, so that a release that broke off can go on.
`.trim();

/** Publishes a tarball. */
const command = (tarball: string, version: string) => [
  'publish',
  tarball,
  '--provenance',
  '--access=public',
  // npm gives `latest` to whatever comes last, unless told otherwise.
  ...(version.includes('-') ? ['--tag=next'] : []),
];

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    'dry-run': { type: 'boolean' },
    set: { type: 'string' },
  });
  if (positionals.length > 0) throw new UsageError('npm run release takes options only');
  if (values.set !== undefined) {
    if (values['dry-run']) throw new UsageError('--set or --dry-run, not both');
    const changed = setVersion(root, values.set);
    console.log(`${values.set} is written into ${changed.join(', ')}. Commit it, and tag it v${values.set}.`);
    return 0;
  }

  const dryRun = values['dry-run'] === true;
  const verdicts = new Verdicts();
  const version = versionOf(root);
  const problems = { ...releaseProblems(root), ...(dryRun ? {} : publishingProblems(version, process.env)) };
  for (const [what, problem] of Object.entries(problems)) verdicts.say(what, problem);
  // What is missing does not keep a dry run from the rest.
  if (!dryRun && Object.values(problems).some(Boolean)) return verdicts.end();

  const folder = mkdtempSync(join(tmpdir(), 'glassbox-release-'));
  try {
    const tarballs = await packPackages(join(folder, 'tarballs'));
    await tryPackages(folder, tarballs, { nodes: [], bunAndDeno: false, pages: false }, verdicts.say);
    if (!dryRun && verdicts.failed) return verdicts.end();
    console.log(dryRun ? '\nIn CI this would be run:' : '');
    for (const { name, folder: at } of publishOrder(root)) {
      const args = command(tarballs[at], version);
      if (dryRun) {
        const shown = args.map((arg) => (arg === tarballs[at] ? basename(arg) : arg)).join(' ');
        console.log(`npm ${shown}   # ${(statSync(tarballs[at]).size / 1e3).toFixed(1)} kB`);
      } else if (run('npm', ['view', `${name}@${version}`, 'version'], folder).stdout.trim() === version) {
        console.log(`there    ${name} ${version} is published already`);
      } else {
        const { status, stdout, stderr } = run('npm', args, folder);
        verdicts.say(`${name} ${version}`, status === 0 ? '' : `${stdout}${stderr}`);
        // What depends on it must not be there without it.
        if (status !== 0) break;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return verdicts.end(dryRun ? '\nall well; nothing was published' : `published: ${version}`);
});
