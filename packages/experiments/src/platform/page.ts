/** What figures and report take from the machine, in a page, in place of `node.ts`. Bundlers know the addresses. */
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { unzlibSync, zlibSync } from 'fflate';
import { FONT_FAMILY, type FontWeight } from '../figures/font-names.ts';
import { woffToTrueType } from '../figures/woff.ts';

/** What was fetched, by kind. */
interface Fetched {
  readonly fonts: ReadonlyMap<string, Uint8Array>;
  readonly trueType: readonly Uint8Array[];
  readonly code: Readonly<Record<string, string>>;
  readonly version: string;
}

let fetched: Fetched | undefined;

const fontUrls: Readonly<Record<string, URL>> = {
  '400.woff': new URL('@fontsource/source-sans-3/files/source-sans-3-latin-400-normal.woff', import.meta.url),
  '600.woff': new URL('@fontsource/source-sans-3/files/source-sans-3-latin-600-normal.woff', import.meta.url),
  '400.woff2': new URL(
    '@fontsource/source-sans-3/files/source-sans-3-latin-400-normal.woff2',
    import.meta.url,
  ),
  '600.woff2': new URL(
    '@fontsource/source-sans-3/files/source-sans-3-latin-600-normal.woff2',
    import.meta.url,
  ),
};

/**
 * Fetches what the functions below need; call it once, before any of them.
 * @param code texts of the project's files that the answers link to, by path from the project's root
 * @param version the project's
 * @throws Error that names what could not be fetched
 */
export async function preparePlatform(
  code: Readonly<Record<string, string>>,
  version: string,
): Promise<void> {
  if (fetched) return;
  const fonts = new Map<string, Uint8Array>();
  for (const [name, url] of Object.entries(fontUrls)) fonts.set(name, await bytesOf(url));
  await initWasm(await bytesOf(new URL('@resvg/resvg-wasm/index_bg.wasm', import.meta.url)));
  const trueType = ['400.woff', '600.woff'].map((name) => woffToTrueType(fonts.get(name)!, inflate));
  fetched = { fonts, trueType, code, version };
}

async function bytesOf(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answers ${response.status}; load the page again`);
  return new Uint8Array(await response.arrayBuffer());
}

const ready = (): Fetched => {
  if (!fetched) throw new Error('platform: preparePlatform has not been awaited');
  return fetched;
};

export function deflate(bytes: Uint8Array, level = -1): Uint8Array {
  return zlibSync(bytes, { level: (level === -1 ? 6 : level) as 6 });
}

export function inflate(bytes: Uint8Array): Uint8Array {
  return unzlibSync(bytes);
}

export function codeText(file: string): string {
  const text = ready().code[file];
  if (text === undefined) throw new Error(`code: ${file} is not among the files of the page; build it again`);
  return text;
}

export function projectVersion(): string {
  return ready().version;
}

export function fontFile(weight: FontWeight, format: 'woff' | 'woff2'): Uint8Array {
  return ready().fonts.get(`${weight}.${format}`)!;
}

export function pngOfSvg(svg: string, scale: number): Uint8Array {
  const renderer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontBuffers: [...ready().trueType], defaultFontFamily: FONT_FAMILY },
  });
  const image = renderer.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    renderer.free();
  }
}
