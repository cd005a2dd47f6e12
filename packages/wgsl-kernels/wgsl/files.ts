import { globSync } from 'node:fs';
import { representatives } from './list.ts';

/** The folder of the generated files: this one. */
export const wgslFolder = import.meta.dirname;

/** The text of every file by its path in this folder. */
export function wgslFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const texts = new Set<string>();
  for (const { folder, factory, form, kernels } of representatives) {
    const name = form ? `${factory}-${form}` : factory;
    for (const [index, kernel] of kernels.entries()) {
      const path = `${folder}/${kernels.length === 1 ? name : `${name}-${index + 1}-${kernel.name}`}.wgsl`;
      if (files.has(path)) throw new Error(`list.ts: two kernels are called ${path}`);
      if (!texts.has(kernel.wgsl)) files.set(path, kernel.wgsl);
      texts.add(kernel.wgsl);
    }
  }
  return files;
}

/** Paths of the files that are there. */
export function filesThere(): string[] {
  return globSync('*/*.wgsl', { cwd: wgslFolder })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}
