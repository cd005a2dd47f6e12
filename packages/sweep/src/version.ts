import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The project's version, and the commit if this is a checkout (`-dirty`: with changes beside it). `GLASSBOX_COMMIT` in
 * the environment names it where git does not: in an image that was built from a commit.
 */
export function sweepVersion(env: Readonly<Record<string, string | undefined>> = process.env): string {
  // All packages have one version.
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  const commit = env.GLASSBOX_COMMIT || described();
  return commit ? `${version}+${commit.replace(/[^\w.-]/g, '_').slice(0, 60)}` : version;
}

function described(): string | undefined {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
    return execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
