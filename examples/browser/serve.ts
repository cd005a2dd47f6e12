/** `npm run demo [-- PORT]`: serves the page that trains, with the images it trains on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { phantomDataset } from '@glassbox/medmnist';
import { type Served, serveSources } from '../../scripts/serve-sources.ts';

const port = Number(process.argv[2] ?? 8080);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(
    `${process.argv[2]} is no port: give a whole number up to 65535, for example npm run demo -- 8081`,
  );
  process.exit(2);
}

const { splits } = phantomDataset({
  domain: 'pneumonia',
  counts: { train: 2000, val: 300, test: 300 },
  seed: 1,
});
const files: Record<string, Served> = {
  '/': { type: 'text/html', body: readFileSync(join(import.meta.dirname, 'index.html')) },
};
for (const split of ['train', 'val', 'test'] as const) {
  const { images, labels } = splits[split];
  files[`/data/${split}/images`] = { type: 'application/octet-stream', body: images };
  files[`/data/${split}/labels`] = { type: 'application/octet-stream', body: Uint8Array.from(labels) };
}

try {
  const { url } = await serveSources({ isolated: true, files, port });
  console.log(`Open ${url} in a browser; Ctrl-C ends.`);
} catch (error) {
  console.error(
    `Cannot listen on port ${port} (${(error as Error).message}); try npm run demo -- ${port + 1}`,
  );
  process.exit(1);
}
