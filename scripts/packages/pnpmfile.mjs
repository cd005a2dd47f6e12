/**
 * What pnpm writes into the package.json of a packed package besides what stands there: where its source is. The root's
 * package.json is the one place that says it. npm wants it for the provenance of what is published.
 */
import { readFileSync } from 'node:fs';

const { repository } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

export const hooks = {
  beforePacking: (manifest) =>
    repository === undefined
      ? manifest
      : {
          ...manifest,
          repository: { ...repository, directory: `packages/${manifest.name.replace('@glassbox/', '')}` },
        },
};
