/**
 * The one typeface of all figures and of the report (Source Sans 3, SIL Open Font License), taken from its npm
 * package so that pictures look the same on a machine without fonts.
 *
 * The package holds WOFF, a TrueType file with each table deflated; the PNG renderer reads plain TrueType from disk
 * only, so the tables are inflated once into a temporary folder, which goes when the process does.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';

/** Family stacks. The semibold cut has a family name of its own in its TrueType name table. */
export const FONT = "'Source Sans 3', 'Helvetica Neue', Arial, sans-serif";
export const FONT_BOLD = `'Source Sans 3 SemiBold', ${FONT}`;

const WEIGHTS = [400, 600] as const;

function packaged(weight: number, format: 'woff' | 'woff2'): Buffer {
  const name = `@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.${format}`;
  return readFileSync(fileURLToPath(import.meta.resolve(name)));
}

let files: string[] | undefined;

/** Paths of the typeface as TrueType files, for the life of this process. */
export function fontFiles(): string[] {
  if (files === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-fonts-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    files = WEIGHTS.map((weight) => {
      const path = join(folder, `source-sans-3-${weight}.ttf`);
      writeFileSync(path, woffToTrueType(packaged(weight, 'woff')));
      return path;
    });
  }
  return files;
}

/** `@font-face` rules with the typeface inside, for a self-contained page. */
export function fontFaceCss(): string {
  return WEIGHTS.map(
    (weight) =>
      `@font-face{font-family:'Source Sans 3';font-weight:${weight};font-style:normal;font-display:swap;` +
      `src:url(data:font/woff2;base64,${packaged(weight, 'woff2').toString('base64')}) format('woff2')}`,
  ).join('\n');
}

/**
 * Unpacks a WOFF 1.0 file (https://www.w3.org/TR/WOFF/) into TrueType.
 *
 * @throws if the signature is not `wOFF`
 */
export function woffToTrueType(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') {
    throw new Error(
      `font: signature is ${JSON.stringify(woff.toString('latin1', 0, 4))}, not wOFF; reinstall packages`,
    );
  }
  const count = woff.readUInt16BE(12);
  const tables = Array.from({ length: count }, (_, i) => {
    const at = 44 + 20 * i;
    const offset = woff.readUInt32BE(at + 4);
    const stored = woff.readUInt32BE(at + 8);
    const length = woff.readUInt32BE(at + 12);
    const bytes = woff.subarray(offset, offset + stored);
    return {
      tag: woff.subarray(at, at + 4),
      checksum: woff.readUInt32BE(at + 16),
      data: stored < length ? inflateSync(bytes) : bytes,
    };
  });
  const power = 2 ** Math.floor(Math.log2(count));
  const header = Buffer.alloc(12 + 16 * count);
  header.writeUInt32BE(woff.readUInt32BE(4), 0);
  header.writeUInt16BE(count, 4);
  header.writeUInt16BE(16 * power, 6);
  header.writeUInt16BE(Math.log2(power), 8);
  header.writeUInt16BE(16 * (count - power), 10);
  const parts: Buffer[] = [header];
  let position = header.length;
  tables.forEach(({ tag, checksum, data }, i) => {
    const at = 12 + 16 * i;
    tag.copy(header, at);
    header.writeUInt32BE(checksum, at + 4);
    header.writeUInt32BE(position, at + 8);
    header.writeUInt32BE(data.length, at + 12);
    const padding = Buffer.alloc((4 - (data.length % 4)) % 4);
    parts.push(data, padding);
    position += data.length + padding.length;
  });
  return Buffer.concat(parts);
}
