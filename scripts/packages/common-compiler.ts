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
import { build, type Rolldown } from 'vite';
import { plainJavaScript, root, toJavaScript } from '../plain-javascript.ts';
import { onlyWhatRan, type ScriptCoverage } from './run-parts.ts';

const sources = join(root, 'packages', 'wgsl-wasm', 'src');
/** Files of the compiler. What else it imports, a page has once. */
const isPart = (file: string) => /^(check|lower|syntax)\/|^compile\./.test(file);

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

/** Where it is in `dist`. */
export const commonFile = 'common/compile.js';

/** Its JavaScript, in one file. Only bundlers load it: readers have the whole compiler. */
export async function commonCompiler(): Promise<string> {
  const parts = new Map<string, string>();
  for (const [file, script] of coverage()) {
    const rename = (specifier: string) => {
      if (!specifier.startsWith('.')) return specifier;
      const asked = posix.join(posix.dirname(file), specifier);
      return isPart(asked) ? `part:${asked}` : posix.relative(posix.dirname(commonFile), toJavaScript(asked));
    };
    const source = readFileSync(join(sources, file), 'utf8');
    // Types leave blanks, as many as they had letters: places are those of the source until here.
    const plain = plainJavaScript(source, (same) => same);
    const code = plainJavaScript(onlyWhatRan(plain, script, 'missing'), rename);
    parts.set(`part:${file}`, `import { missing } from '../rare.js';\n${code}`);
  }
  const entry = 'part:compile.ts';
  const fromParts = {
    name: 'parts',
    resolveId: (asked: string) => (parts.has(asked) ? asked : { id: asked, external: true }),
    load: (id: string) => ({ code: parts.get(id)!, moduleType: 'js', moduleSideEffects: false }) as const,
  };
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [{ ...fromParts, enforce: 'pre' }],
    build: {
      write: false,
      target: 'esnext',
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput;
  return `// Made of src/compile.ts and what it imports by scripts/packages/common-compiler.ts.\n${output[0].code}`;
}
