/**
 * What figures and report take from the machine, in Node. In a page `page.ts` stands in its place: `browser` in
 * package.json says so, and both export the same names.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';
import { FONT_FAMILY, type FontWeight, fontWeights } from '../figures/font-names.ts';
import { woffToTrueType } from '../figures/woff.ts';

/** Folder of the project, whose files a submission holds under `code/`. */
const root = resolve(import.meta.dirname, '../../../..');

/** Bytes in the format of zlib (RFC 1950). @param level 0 to 9, 6 by default; -1 is that default, too */
export function deflate(bytes: Uint8Array, level = -1): Uint8Array {
  return deflateSync(bytes, { level });
}

/** The bytes that {@link deflate} packed. @throws if these are no such bytes */
export function inflate(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(inflateSync(bytes));
}

/** The text of a file of the project. @param file path from the project's root, with `/` */
export function codeText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The project's version. */
export function projectVersion(): string {
  const { version } = JSON.parse(codeText('packages/experiments/package.json')) as { version: string };
  return version;
}

/** A file of the typeface. */
export function fontFile(weight: FontWeight, format: 'woff' | 'woff2'): Uint8Array {
  const name = `@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.${format}`;
  return readFileSync(fileURLToPath(import.meta.resolve(name)));
}

/** Draws SVG as PNG, with the typeface of the figures and no other. @param scale size of a pixel of the SVG */
export function pngOfSvg(svg: string, scale: number): Uint8Array {
  const renderer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: FONT_FAMILY },
    logLevel: 'error',
  });
  return renderer.render().asPng();
}

let files: string[] | undefined;

/**
 * Paths of the typeface as TrueType files. The renderer reads these from disk only, so they are made once in a
 * temporary folder, which goes when the process does.
 */
function fontFiles(): string[] {
  if (files === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-fonts-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    files = fontWeights.map((weight) => {
      const path = join(folder, `source-sans-3-${weight}.ttf`);
      writeFileSync(path, woffToTrueType(fontFile(weight, 'woff'), inflate));
      return path;
    });
  }
  return files;
}
