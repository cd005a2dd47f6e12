/**
 * The layers of docs/architecture.md, enforced: each package may depend only on those above it, and no source file
 * reaches into another package past its index. pnpm makes an undeclared package impossible to import.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Workspace packages that each package may import. */
const layers: Record<string, readonly string[]> = {
  'packages/file-kinds': [],
  'packages/options': [],
  'packages/wgsl-kernels': [],
  'packages/wgsl-wasm': ['options'],
  'packages/tensor-core': ['options', 'wgsl-kernels', 'wgsl-wasm'],
  'packages/nn': ['file-kinds', 'options', 'wgsl-kernels', 'tensor-core'],
  'packages/medmnist': ['file-kinds', 'options'],
  'packages/metrics': ['options'],
  'packages/experiments': [
    'file-kinds',
    'options',
    'wgsl-kernels',
    'wgsl-wasm',
    'tensor-core',
    'nn',
    'medmnist',
    'metrics',
  ],
  benchmarks: ['wgsl-kernels', 'wgsl-wasm', 'tensor-core', 'nn', 'medmnist', 'experiments'],
};

const problems: string[] = [];
for (const [folder, allowed] of Object.entries(layers)) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    const own = name.match(/^@glassbox\/(.*)$/)?.[1];
    if (own && !allowed.includes(own)) {
      problems.push(
        `${folder}/package.json: may not depend on ${name}; allowed: ${allowed.join(', ') || 'none'}`,
      );
    }
  }
  for (const file of globSync('src/**/*.ts', { cwd: join(root, folder) })) {
    const text = readFileSync(join(root, folder, file), 'utf8');
    for (const [, path] of text.matchAll(/\bfrom '([^']+)'/g)) {
      const inside = resolve(root, folder, dirname(file), path);
      if (path.startsWith('.') && !inside.startsWith(join(root, folder, 'src'))) {
        problems.push(`${folder}/${file}: imports ${path} outside of its package; use the package's name`);
      }
      if (/^@glassbox\/[^/]+\/./.test(path) && !/^@glassbox\/tensor-core\/testing$/.test(path)) {
        problems.push(`${folder}/${file}: imports ${path}; use what the package's index exports`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
