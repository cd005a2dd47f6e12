import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { phantomDataset, type SplitName } from '@glassbox/medmnist';
import { devices } from '@glassbox/tensor-core';
import type { Served } from '../../scripts/serve-sources.ts';

/** The page and its images by path: `/data/train/images` are the bytes of all training images, one after the other. */
export function demoFiles(counts: Readonly<Record<SplitName, number>>): Record<string, Served> {
  const { splits } = phantomDataset({ domain: 'pneumonia', counts, seed: 1 });
  const files: Record<string, Served> = {
    '/': { type: 'text/html', body: page() },
  };
  for (const split of ['train', 'val', 'test'] as const) {
    const { images, labels } = splits[split];
    files[`/data/${split}/images`] = { type: 'application/octet-stream', body: images };
    files[`/data/${split}/labels`] = { type: 'application/octet-stream', body: Uint8Array.from(labels) };
  }
  return files;
}

/** The page, with the devices to choose from. */
function page(): string {
  const options = devices
    .filter(({ computes }) => computes)
    .map(({ name, title }) => `<option value="${name}">${title}</option>`);
  const html = readFileSync(join(import.meta.dirname, 'index.html'), 'utf8');
  return html.replace('<!-- one option for each device -->', options.join('\n'));
}
