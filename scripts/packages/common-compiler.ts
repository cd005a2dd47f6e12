/**
 * The compiler that pages begin with: `packages/wgsl-wasm/src/compile.ts` and what it is made of, without the code that
 * no kernel of this project runs through. Which that is, V8 says (`compile-kernels.ts`). In its place stands a call
 * that throws `RarePartsMissing`: then the page fetches the whole compiler and compiles the kernel again, from the
 * start. So a kernel either becomes the same bytes, or is left to the whole compiler.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minifySync } from 'vite';
import { plainJavaScript, root } from '../plain-javascript.ts';
import { onlyWhatRan, type ScriptCoverage } from './run-parts.ts';

const sources = join(root, 'packages', 'wgsl-wasm', 'src');
/** Files of the compiler. What else it imports, a page has once. */
const isPart = (file: string) => /^(check|lower|syntax)\/|^compile\./.test(file);

/** The folder in `dist` that they are written to. */
const folder = 'common';

/** What of the compiler this project's kernels ran through, by the file in `packages/wgsl-wasm/src`. */
function coverage(): Map<string, ScriptCoverage> {
  const reports = mkdtempSync(join(tmpdir(), 'glassbox-coverage-'));
  try {
    const program = join(import.meta.dirname, 'compile-kernels.ts');
    const { status, stderr } = spawnSync(process.execPath, [program], {
      encoding: 'utf8',
      env: { ...process.env, NODE_V8_COVERAGE: reports, NODE_OPTIONS: '' },
    });
    if (status !== 0) throw new Error(`The compiler cannot be tried on the kernels:\n${stderr}`);
    const [report] = globSync('*.json', { cwd: reports });
    const { result } = JSON.parse(readFileSync(join(reports, report), 'utf8')) as {
      result: readonly ScriptCoverage[];
    };
    const files = result
      .filter(({ url }) => url.startsWith('file:'))
      .map(
        (script) => [posix.relative(slashes(sources), slashes(fileURLToPath(script.url))), script] as const,
      );
    return new Map(files.filter(([file]) => isPart(file)));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

const slashes = (path: string) => path.replaceAll('\\', '/');

/** JavaScript by its path in `dist`. */
export function commonCompiler(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [file, script] of coverage()) {
    const target = posix.join(folder, file.replace(/\.ts$/, '.js'));
    const from = (path: string) => {
      const relative = posix.relative(posix.dirname(target), path);
      return relative.startsWith('.') ? relative : `./${relative}`;
    };
    const source = readFileSync(join(sources, file), 'utf8');
    const rename = (specifier: string) => {
      if (!specifier.startsWith('.')) return specifier;
      const asked = posix.join(posix.dirname(file), specifier).replace(/\.ts$/, '.js');
      return from(isPart(asked) ? posix.join(folder, asked) : asked);
    };
    // Types leave blanks, as many as they had letters: places are those of the source until here.
    const code = plainJavaScript(
      onlyWhatRan(
        plainJavaScript(source, (same) => same),
        script,
        'missing',
      ),
      rename,
    );
    // Only bundlers load it: readers have the whole compiler.
    const imports = `import { missing } from '${from('rare.js')}';\n`;
    const { code: printed } = minifySync(file, imports + code, { module: true });
    files.set(target, `// Made of ${file} by scripts/packages/common-compiler.ts.\n${printed}`);
  }
  return files;
}
