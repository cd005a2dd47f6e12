/** The project's sources as plain JavaScript, for engines that do not strip types themselves. */
import { stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';

/** The repository's root. */
export const root = resolve(import.meta.dirname, '..');

/**
 * Strips the types and renames what is imported: `rename` gets each specifier that is a relative path or one of the
 * project's packages, and the relative paths of workers.
 */
export function plainJavaScript(source: string, rename: (specifier: string) => string): string {
  return stripTypeScriptTypes(source).replace(
    /(\bfrom |\bimport |\bimport\(|new URL\()'((?:\.{1,2}\/|@glassbox\/)[^']+|glassbox)'/g,
    (_, before: string, specifier: string) => `${before}'${rename(specifier)}'`,
  );
}

/** The name of the JavaScript file that a source becomes. */
export const toJavaScript = (file: string): string => file.replace(/\.ts$/, '.js');
