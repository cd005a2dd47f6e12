/** The WGSL modules in a folder of sources. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Module {
  /** The file, with the number of the text in it where there are several. */
  readonly name: string;
  readonly code: string;
}

/** A text between back quotes that is the same whatever the program does: nothing is put into it. */
const TEMPLATE = /`([^`]*)`/g;
/** Larger files are bundles, with the texts of others in them. */
const LARGEST_BYTES = 500_000;

/** Whole `.wgsl` files, and texts with a compute shader in programs; equal texts once. */
export function modulesIn(folder: string): Module[] {
  const files = globSync('**/*.{wgsl,js,mjs,ts,tsx,html}', {
    cwd: folder,
    exclude: (path) => /(^|[\\/])(node_modules|\.git)$/.test(path),
  }).sort();
  const seen = new Set<string>();
  const modules: Module[] = [];
  for (const file of files) {
    const path = join(folder, file);
    if (!statSync(path).isFile() || statSync(path).size > LARGEST_BYTES) continue;
    const text = readFileSync(path, 'utf8');
    const codes = file.endsWith('.wgsl')
      ? [text]
      : [...text.matchAll(TEMPLATE)]
          .map(([, code]) => code)
          .filter((code) => code.includes('@compute') && !code.includes('${'));
    codes.forEach((code, i) => {
      if (seen.has(code)) return;
      seen.add(code);
      modules.push({ name: codes.length > 1 ? `${file}#${i + 1}` : file, code });
    });
  }
  return modules;
}
