/**
 * Loads modules of the conformance suite from its TypeScript sources.
 *
 * The suite names its modules `x.js`, uses enums and imports types without saying so, which Node does not run. The
 * transformer that vitest brings along turns each file into JavaScript as it is imported; nothing is written.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

type Transform = (
  file: string,
  text: string,
  options: object,
) => { readonly code: string; readonly errors: readonly unknown[] };

/** The `transformSync` of the rolldown that vitest's vite depends on. */
function findTransform(): Transform {
  let require = createRequire(import.meta.url);
  for (const name of ['vitest', 'vite']) require = createRequire(require.resolve(`${name}/package.json`));
  return require('rolldown/utils').transformSync;
}

/** From here on `import` takes the TypeScript files below `folder`. */
export function registerSuite(folder: string): void {
  const root = `${pathToFileURL(folder).href}/`;
  const transform = findTransform();
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL?.startsWith(root) && /^\.\.?\/.*\.js$/.test(specifier)) {
        const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
        if (existsSync(source)) return { url: source.href, shortCircuit: true };
      }
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!url.startsWith(root) || !url.endsWith('.ts')) return next(url, context);
      const file = fileURLToPath(url);
      const { code, errors } = transform(file, readFileSync(file, 'utf8'), {
        sourcemap: false,
        tsconfig: false,
      });
      if (errors.length > 0) throw new Error(`${file}: ${JSON.stringify(errors[0])}`);
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
}
