/** What a bundler for browsers would take in of installed packages. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
  /** The files that browsers get in place of modules or files. */
  readonly browser?: Readonly<Record<string, string>>;
}

/**
 * Follows every import from a package's index, also those that are run later, as bundlers do: with what
 * `browser` in package.json puts in the place of others. Returns the imports that no browser can load, as
 * `file: specifier`.
 */
export function nodeOnlyImports(modules: string, name: string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const packageOf = (file: string) =>
    join(modules, relative(modules, file).match(/^(@[^/\\]+[/\\])?[^/\\]+/)![0]);
  const manifest = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const own = packageOf(file);
    const { browser = {} } = manifest(own);
    const text = readFileSync(file, 'utf8');
    for (const [, specifier] of text.matchAll(/(?:^|;)(?:import|export)\b[^'"]*?\bfrom ?['"]([^'"]+)['"]/gm))
      follow(specifier);
    for (const [, specifier] of text.matchAll(/\b(?:import\(|new URL\()'([^']+)'/g)) follow(specifier);

    function follow(specifier: string): void {
      const inside = specifier.startsWith('.') ? join(dirname(file), specifier) : undefined;
      const key = inside ? `./${relative(own, inside).replaceAll('\\', '/')}` : specifier;
      // webpack stops at `node:` before it looks there: only files, and packages, can be left out.
      const instead = specifier.startsWith('node:') ? undefined : browser[key];
      if (instead) visit(join(own, instead));
      else if (inside) visit(inside);
      else if (specifier.startsWith('@glassbox/')) {
        const [scope, name, ...path] = specifier.split('/');
        const folder = join(modules, scope, name);
        visit(join(folder, manifest(folder).exports[['.', ...path].join('/')].default));
      } else found.push(`${relative(modules, file)}: ${specifier}`);
    }
  };
  const folder = join(modules, name);
  if (!existsSync(folder)) throw new Error(`${name} is not installed in ${modules}`);
  visit(join(folder, manifest(folder).exports['.'].default));
  return found;
}
