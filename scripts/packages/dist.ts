/**
 * Packages as they are published: each source file becomes a JavaScript file with the same text, types taken out,
 * and a declaration file whose map leads into it. A comment stands in one of both: in the declaration, if that has it.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { plainJavaScript, root, toJavaScript } from '../plain-javascript.ts';
import { blankDocumented, type Closed, closeGaps } from './close-gaps.ts';
import { commonCompiler, commonFile } from './common-compiler.ts';
import { keepVisible } from './declaration-map.ts';

const windows = process.platform === 'win32';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly browser?: Readonly<Record<string, string>> };
}

const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));

/** Folders of the packages that are published: all in `packages` that are not private. */
export function publishable(): string[] {
  return globSync('packages/*/package.json', { cwd: root })
    .map((file) => basename(dirname(file)))
    .filter((name) => !manifest(name).private)
    .sort();
}

/** Folders of a package and of all of this project's that it needs. */
export function withDependencies(folder: string, found: readonly string[] = []): readonly string[] {
  if (found.includes(folder)) return found;
  const needed = Object.entries(manifest(folder).dependencies ?? {})
    .filter(([, range]) => range.startsWith('workspace:'))
    .map(([name]) => name.replace('@glassbox/', ''));
  return needed.reduce<readonly string[]>((all, next) => withDependencies(next, all), [...found, folder]);
}

/** Builds every package anew into its `dist`. @throws Error with the compiler's words if there is an error of types. */
export async function buildPackages(): Promise<void> {
  const declarations = mkdtempSync(join(tmpdir(), 'glassbox-build-'));
  try {
    declare(declarations);
    for (const name of publishable()) await buildPackage(name, join(declarations, name, 'src'));
  } finally {
    rmSync(declarations, { recursive: true, force: true });
  }
}

/** Writes the declarations of all packages with their maps into a folder. */
function declare(folder: string): void {
  const tsc = join(root, 'node_modules', '.bin', windows ? 'tsc.CMD' : 'tsc');
  const project = join(root, 'scripts', 'packages', 'tsconfig.json');
  const { status, stdout, error } = spawnSync(tsc, ['-p', project, '--outDir', folder], {
    encoding: 'utf8',
    shell: windows,
  });
  if (status !== 0) throw new Error(`The declarations cannot be built:\n${stdout || error?.message}`);
}

async function buildPackage(name: string, declarations: string): Promise<void> {
  const folder = join(root, 'packages', name);
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const entries = Object.values(manifest(name).exports).map((file) =>
    posix.relative('src', posix.normalize(file)),
  );
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    writeFileSync(join(dist, file), text);
  };

  const declared = (file: string) => join(declarations, file.replace(/\.ts$/, '.d.ts'));
  const declaration = (file: string) =>
    readFileSync(declared(file), 'utf8').replace(
      /((?:\bfrom|\bimport) |\bimport\()(['"])(\.[^'"]+)\.ts\2/g,
      (_, before: string, quote: string, path: string) => `${before}${quote}${path}.js${quote}`,
    );
  const types = reached(entries, declaration, /(?:\bfrom |\bimport |\bimport\()['"](\.[^'"]+)\.js['"]/g);

  const closed = new Map<string, Closed>();
  const script = (file: string) => {
    const source = readFileSync(join(folder, 'src', file), 'utf8');
    const code = blankDocumented(plainJavaScript(source, toJavaScript), types.get(file) ?? '');
    closed.set(file, closeGaps(source, code));
    return closed.get(file)!.text;
  };
  const scripts = reached(entries, script, /(?:\bfrom |\bimport |\bimport\(|new URL\()'(\.[^']+)\.js'/g);
  for (const [file, text] of scripts) write(toJavaScript(file), text);
  // What pages get in place of code for Node. (For `false` a page would need a helper that wraps CommonJS.)
  const { browser = {} } = manifest(name).publishConfig ?? {};
  if (Object.values(browser).includes('./dist/nothing.js')) write('nothing.js', 'export {};\n');
  if (name === 'wgsl-wasm') write(commonFile, await commonCompiler());

  for (const [file, text] of types) {
    const own = file.replace(/\.ts$/, '');
    write(`${own}.d.ts`, text);
    // A file of types alone has no JavaScript that anything loads: its declarations are all there is to see.
    const code = scripts.get(file);
    if (code === undefined) write(`${own}.d.ts`, text.replace(/\/\/# sourceMappingURL=.*\n?$/, ''));
    else {
      const map = JSON.parse(readFileSync(`${declared(file)}.map`, 'utf8'));
      write(
        `${own}.d.ts.map`,
        JSON.stringify(keepVisible(map, `${basename(own)}.js`, closed.get(file)!.place)),
      );
    }
  }
}

/** The files that entries lead to by relative imports, with their texts. */
function reached(
  entries: readonly string[],
  text: (file: string) => string,
  imports: RegExp,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    const content = text(file);
    found.set(file, content);
    for (const [, path] of content.matchAll(imports)) visit(`${posix.join(posix.dirname(file), path)}.ts`);
  };
  entries.forEach(visit);
  return found;
}
