import { inflateSync } from 'node:zlib';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { fontWeights } from '../../src/figures/font-names.ts';
import {
  classBalanceFigure,
  comparisonFigure,
  greyPng,
  inlineSvg,
  renderPng,
  standaloneSvg,
} from '../../src/figures/index.ts';
import { woffToTrueType } from '../../src/figures/woff.ts';
import { collectFigures, figureFiles } from '../../src/pages/index.ts';
import { fontFile, inflate } from '../../src/platform/node.ts';
import { analyse } from '../../src/report/index.ts';
import { tasks } from '../../src/tasks/index.ts';
import { contextOf } from '../../src/tasks/task.ts';
import { fakeRun } from '../report/fake-run.ts';

const run = fakeRun({ points: 24, iterations: 20, seeds: 2 });
const analysis = analyse(run, { resamples: 50 });
const figures = collectFigures(run, analysis);
const { colour } = contextOf(run, analysis, tasks);

describe('figures of a whole run', () => {
  it('are all there', () => {
    expect([...figures.keys()]).toEqual([
      'labels-findings',
      'labels-class-balance',
      'chest-curves-1',
      'autoencoder-curves',
      'autoencoder-reconstructions',
      'chest-curves-2',
      'pneumonia-curves-2',
      'pneumonia-latent-2a',
      'pneumonia-curves-2ab',
      'pneumonia-latent-2b',
      'pneumonia-curves-3',
      'chest-confusion',
      'chest-roc-pr',
      'chest-calibration',
      'chest-comparison',
      'chest-val-test',
      'chest-mistakes',
      'chest-pca',
      'chest-tsne',
      'chest-similarity',
      'pneumonia-confusion',
      'pneumonia-roc-pr',
      'pneumonia-calibration',
      'pneumonia-comparison',
      'pneumonia-val-test',
      'pneumonia-mistakes',
      'pneumonia-pca',
      'pneumonia-tsne',
      'pneumonia-similarity',
    ]);
  });

  it.each([...figures.values()].map((figure) => [figure.id, figure] as const))('%s is sound', (_, figure) => {
    const svg = standaloneSvg(figure);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const { document } = parseHTML(svg);
    expect(document.querySelectorAll('svg').length).toBeGreaterThan(0);
    expect(document.querySelectorAll('style,script')).toHaveLength(0);
    expect(figure.alt.length).toBeGreaterThan(10);
    expect(inlineSvg(figure)).not.toContain(`>${figure.title}<`);
    const png = Buffer.from(renderPng(figure, 1));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]));
    expect(png.readUInt32BE(16)).toBe(figure.width + 32);
    expect(png.readUInt32BE(20)).toBeGreaterThan(figure.height);
  });

  it('draws the title with the bundled typeface, not with whatever the machine has', () => {
    const figure = { ...figures.get('labels-class-balance')!, alt: 'x' };
    const dark = (title: string): number => {
      const { width, pixels } = decode(renderPng({ ...figure, title, subtitle: '' }, 1));
      let count = 0;
      for (let y = 10; y < 40; y++)
        for (let x = 0; x < width; x++) if (pixels[4 * (y * width + x)] < 128) count++;
      return count;
    };
    expect(dark(' ')).toBe(0);
    expect(dark('Class balance')).toBeGreaterThan(150);
    // Semibold is a face of its own: a missing one would fall back to the regular cut and lose ink.
    expect(dark('Class balance of every split')).toBeGreaterThan(1.5 * dark('Class balance'));
  });

  it('are the same on a second drawing', () => {
    const draw = () => classBalanceFigure(run.labelDistributions, { chest: 'a', pneumonia: 'b' });
    expect(renderPng(draw())).toEqual(renderPng(draw()));
  });

  it('put every seed, interval and reference into the comparison', () => {
    const variants = analysis.summaries.filter(({ target }) => target === 'pneumonia');
    const { body } = comparisonFigure('x', 'x', variants, ['auc'], colour, [
      { label: 'published', metric: 'auc', value: 0.944 },
    ]);
    const { document } = parseHTML(`<svg>${body}</svg>`);
    const dots = document.querySelectorAll('svg svg circle');
    expect(dots).toHaveLength(variants.length * (1 + 2));
    expect(body).toContain('published');
    expect(body).toContain(colour('2b-trainable', 0));
  });
});

describe('writing', () => {
  it('become an SVG and a PNG each', () => {
    const few = fakeRun({ tasks: ['1a'], seeds: 1 });
    const files = new Map([...figureFiles(few)].map(({ name, data }) => [name, data]));
    const ids = [...collectFigures(few).keys()];
    expect([...files.keys()]).toEqual(ids.flatMap((id) => [`${id}.svg`, `${id}.png`]));
    expect(files.get('chest-curves-1.svg')).toMatch(/^<svg /);
    expect(decode(files.get('chest-curves-1.png') as Uint8Array).width).toBeGreaterThan(500);
  });
});

describe('images and fonts', () => {
  it('grey PNG keeps every byte', () => {
    const bytes = Array.from({ length: 15 }, (_, i) => i * 17);
    const { width, height, pixels } = decode(greyPng(bytes, 5, 3));
    expect([width, height]).toEqual([5, 3]);
    expect(bytes.map((_, i) => pixels[4 * i])).toEqual(bytes);
    expect(() => greyPng([1, 2], 2, 2)).toThrow(/2 pixels given as 2x2/);
  });

  it('unpacks the packaged typeface to TrueType', () => {
    for (const weight of fontWeights) {
      const font = Buffer.from(woffToTrueType(fontFile(weight, 'woff'), inflate));
      expect(font.readUInt32BE(0)).toBe(0x00010000);
      const tags = Array.from({ length: font.readUInt16BE(4) }, (_, i) =>
        font.toString('latin1', 12 + 16 * i, 16 + 16 * i),
      );
      expect(tags).toEqual(expect.arrayContaining(['cmap', 'glyf', 'head', 'name']));
    }
    expect(() => woffToTrueType(Buffer.from('OTTO0000'), inflate)).toThrow(/signature is "OTTO"/);
  });
});

/** Reads an 8-bit grey, RGB or RGBA PNG into RGBA: an independent reading of what the renderer wrote. */
function decode(bytes: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const png = Buffer.from(bytes);
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = { 0: 1, 2: 3, 6: 4 }[png[25]]!;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? rows[y * stride + x - channels] : 0;
      const up = y > 0 ? rows[(y - 1) * stride + x] : 0;
      const corner = x >= channels && y > 0 ? rows[(y - 1) * stride + x - channels] : 0;
      const guess = left + up - corner;
      const [dl, du, dc] = [left, up, corner].map((value) => Math.abs(guess - value));
      const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
      rows[y * stride + x] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  const pixels = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = rows[i * channels + (channels === 1 ? 0 : c)];
    pixels[4 * i + 3] = 255;
  }
  return { width, height, pixels };
}
