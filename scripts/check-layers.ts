/**
 * The layers of docs/architecture.md, enforced: each package may depend only on those above it, no source file
 * reaches into another package past its index, and no files of a package import each other in a circle (imports of
 * types included). What pages are made of imports tensors without their methods. pnpm makes an undeclared package
 * impossible to import.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';

/** The project, or the folder that is named instead (for the test of this program). */
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));

/** Workspace packages that each package may import. */
const layers: Record<string, readonly string[]> = {
  'packages/file-kinds': [],
  'packages/files': ['file-kinds'],
  'packages/host': [],
  'packages/options': [],
  'packages/random': [],
  'packages/wgsl-kernels': [],
  'packages/wgsl-wasm': ['options'],
  'packages/webgpu-cpu': ['options', 'wgsl-wasm'],
  'packages/tensor-core': ['host', 'options', 'wgsl-kernels', 'wgsl-wasm'],
  'packages/nn': ['file-kinds', 'files', 'host', 'options', 'wgsl-kernels', 'tensor-core'],
  'packages/medmnist': ['file-kinds', 'files', 'host', 'options', 'random'],
  'packages/logs': ['files', 'host', 'options'],
  'packages/images': ['file-kinds', 'options', 'medmnist'],
  'packages/metrics': ['options', 'random'],
  'packages/classifier': ['options', 'tensor-core', 'nn', 'images'],
  'packages/onnx': ['files', 'options', 'wgsl-kernels', 'tensor-core', 'nn'],
  'packages/glassbox': ['tensor-core', 'nn', 'metrics'],
  'packages/experiments': [
    'file-kinds',
    'files',
    'host',
    'options',
    'wgsl-kernels',
    'wgsl-wasm',
    'tensor-core',
    'nn',
    'logs',
    'medmnist',
    'images',
    'metrics',
    'classifier',
  ],
  'packages/sweep': ['host', 'options', 'tensor-core', 'nn', 'logs', 'metrics', 'experiments'],
  'packages/reference': ['host'],
  benchmarks: [
    'host',
    'webgpu-cpu',
    'wgsl-kernels',
    'wgsl-wasm',
    'tensor-core',
    'nn',
    'onnx',
    'medmnist',
    'experiments',
  ],
  classroom: [
    'benchmarks',
    'host',
    'images',
    'logs',
    'options',
    'wgsl-kernels',
    'wgsl-wasm',
    'tensor-core',
    'nn',
    'medmnist',
    'metrics',
    'experiments',
  ],
};

/**
 * Sources that pages are made of. The entry of tensor-core brings the methods of tensors, and with them every op: no
 * bundler knows which are used.
 */
const withoutMethods = /^packages\/(nn\/src\/|glassbox\/src\/functions\.ts)/;

/** Packages in which files still import each other in a circle. */
const circular: readonly string[] = ['packages/wgsl-wasm'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
}

const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

const folders = globSync(['packages/*/package.json', '{benchmarks,classroom}/package.json'], {
  cwd: root,
}).map((file) => dirname(file).replaceAll('\\', '/'));
/** What sources may import of the project's packages: what those export. */
const exported = new Set(
  folders.flatMap((folder) =>
    Object.keys(manifest(folder).exports ?? {}).map((path) =>
      posix.join('@glassbox', posix.basename(folder), path),
    ),
  ),
);

const problems: string[] = [];
for (const folder of new Set([...folders, ...Object.keys(layers)])) {
  const allowed = layers[folder];
  if (!allowed || !folders.includes(folder)) {
    problems.push(
      `${folder} is ` +
        `${allowed ? 'in the table of layers, but no package' : 'a package, but not in the table of layers'}`,
    );
    continue;
  }
  for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
    const own = name.match(/^@glassbox\/(.*)$/)?.[1];
    if (own && !allowed.includes(own)) {
      problems.push(
        `${folder}/package.json: may not depend on ${name}; allowed: ${allowed.join(', ') || 'none'}`,
      );
    }
  }
  const imports = new Map<string, string[]>();
  for (const file of globSync('src/**/*.{ts,tsx}', { cwd: join(root, folder) })) {
    const text = readFileSync(join(root, folder, file), 'utf8');
    const own: string[] = [];
    for (const [, path] of text.matchAll(/\b(?:from\s+|import\s+|import\()'([^']+)'/g)) {
      const inside = resolve(root, folder, dirname(file), path);
      if (path.startsWith('.')) own.push(inside);
      if (path.startsWith('.') && !inside.startsWith(join(root, folder, 'src'))) {
        problems.push(`${folder}/${file}: imports ${path} outside of its package; use the package's name`);
      }
      if (
        path === '@glassbox/tensor-core' &&
        withoutMethods.test(`${folder}/${file}`.replaceAll('\\', '/'))
      ) {
        problems.push(`${folder}/${file}: imports ${path} with its methods, not ${path}/functions`);
      }
      if (path.startsWith('@glassbox/') && !exported.has(path)) {
        problems.push(`${folder}/${file}: imports ${path}, which no package exports`);
      }
    }
    imports.set(resolve(root, folder, file), own);
  }
  const circle = circular.includes(folder) ? undefined : circleOf(imports);
  if (circle) {
    const names = circle.map((file) => relative(join(root, folder, 'src'), file).replaceAll('\\', '/'));
    problems.push(`${folder}: ${names.join(' imports ')}; move what both need into a file below them`);
  }
}

/** Files that import each other in a circle, the first one again at the end; undefined if there is none. */
function circleOf(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
