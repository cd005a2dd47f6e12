import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { addToTotals } from '../../packages/nn/src/fit/add-to-totals.ts';
import { root } from '../plain-javascript.ts';
import { nodeOnlyImports } from './browser-graph.ts';
import { solvesXor } from './check-engines.ts';
import { publishable, withDependencies } from './dist.ts';
import { importMap } from './guide.ts';
import {
  folderBytes,
  installedBytes,
  NoRegistryError,
  npmInstall,
  packPackages,
  typeErrors,
} from './installed.ts';
import { bundlerPackages } from './pages.ts';
import { writePrograms } from './programs.ts';
import { runWith, supportedNodes } from './runtimes.ts';
import { sizeProblems } from './sizes.ts';

/** The packages as a user gets them, on one Node and by one compiler; npm run test:packages tries more. */

const folder = mkdtempSync(join(tmpdir(), 'glassbox-installed-'));
it('docs/browser.md has a row for each Node and bundler that npm run test:packages tries', () => {
  const [table] = readFileSync(join(root, 'docs', 'browser.md'), 'utf8').match(/^\| where[\s\S]*?\n\n/m)!;
  expect(table).toContain(`Node ${supportedNodes.join(', ')} |`);
  for (const [name, version] of bundlerPackages.map((each) => each.split('@')).filter(([name]) => name)) {
    if (name.includes('-')) continue; // what a bundler is run by
    const row = new RegExp(`${name}${version.startsWith('0.') ? '' : ` ${version}`}\\b`, 'i');
    expect(table).toMatch(row);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tarballs = await packPackages(join(folder, 'tarballs'));
const project = join(folder, 'project');
const ownNode = { name: 'Node', command: [process.execPath] } as const;

let missing = '';
let small = 0;
try {
  npmInstall(project, ...withDependencies('glassbox').map((name) => tarballs[name]));
  small = installedBytes(project);
  npmInstall(project, ...Object.values(tarballs));
} catch (error) {
  if (!(error instanceof NoRegistryError)) throw error;
  missing = error.message;
  console.warn(
    `Tests of installed packages need the npm registry, or a cache that has their packages: ${missing}`,
  );
}
const at = (name: string, ...path: string[]) =>
  join(project, 'node_modules', name === 'glassbox' ? name : `@glassbox/${name}`, ...path);

describe.skipIf(missing)('installed packages (need the npm registry or its cache)', () => {
  it.each(publishable())(
    '%s: what it exports is there, with licence and README, without tests or sources',
    (name) => {
      const { exports, dependencies = {} } = JSON.parse(readFileSync(at(name, 'package.json'), 'utf8'));
      for (const { types, default: code } of Object.values<Record<string, string>>(exports)) {
        expect(existsSync(at(name, types)), types).toBe(true);
        expect(existsSync(at(name, code)), code).toBe(true);
      }
      expect(Object.values(dependencies).filter((range) => !/^\d+\.\d+\.\d+$/.test(range as string))).toEqual(
        [],
      );
      const files = globSync('**/*.*', { cwd: at(name) }).concat(globSync('LICENSE', { cwd: at(name) }));
      expect(files.filter((file) => !file.startsWith('dist')).sort()).toEqual([
        'LICENSE',
        'README.md',
        'package.json',
      ]);
      expect(files.filter((file) => /test|\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
      for (const file of files.filter((each) => each.endsWith('.js'))) {
        expect(readFileSync(at(name, file), 'utf8'), file).not.toMatch(
          /(from|import\(|URL\() ?'\.[^']*\.ts'/,
        );
      }
    },
  );

  it('maps of declarations lead to the code of what has some, and nowhere for types', () => {
    const declarations = readFileSync(at('nn', 'dist/layers/linear.d.ts'), 'utf8').split('\n');
    const map = new SourceMap(JSON.parse(readFileSync(at('nn', 'dist/layers/linear.d.ts.map'), 'utf8')));
    const leadsTo = (declaration: string, name: string) => {
      const line = declarations.findIndex((text) => text.includes(declaration));
      const entry = map.findEntry(line, declarations[line].indexOf(name));
      if (!('originalSource' in entry) || !entry.originalSource) return undefined;
      const code = readFileSync(at('nn', 'dist/layers', entry.originalSource), 'utf8').split('\n');
      return code[entry.originalLine].slice(entry.originalColumn);
    };
    expect(leadsTo('class Linear ', 'Linear')).toMatch(/^Linear extends/);
    expect(leadsTo('inFeatures: number;', 'inFeatures')).toMatch(/^inFeatures/);
    expect(leadsTo('interface LinearLayerOptions', 'LinearLayerOptions')).toBeUndefined();
  });

  it('run the examples and the README', { timeout: 120_000 }, () => {
    writePrograms(project);
    const trained = runWith(ownNode, project, 'train.mjs');
    expect(trained.stderr).toBe('');
    expect(Number(trained.stdout.match(/([\d.]+) % right/)?.[1])).toBeGreaterThan(70);
    const readme = runWith(ownNode, project, 'readme.mjs');
    expect(readme).toMatchObject({ status: 0, stderr: '' });
    expect(solvesXor(readme.stdout)).toBe(true);
  });

  it('say what to install for the webgpu device', () => {
    const { stdout } = runWith(ownNode, project, 'no-dawn.mjs');
    expect(stdout).toMatch(/^DeviceError: .*`npm i webgpu`/);
  });

  it('warn where a GPU may be and webgpu is missing, and compute without', () => {
    const driver = { VK_DRIVER_FILES: join(folder, 'driver.json') };
    const { stdout, stderr } = runWith(ownNode, project, 'auto.mjs', driver);
    expect(stderr).toMatch(/^No GPU is looked for\. .*`npm i webgpu`/);
    expect(stdout).toBe('wasm\n');
  });

  it('name a worker that is not there', () => {
    const { stdout } = runWith(ownNode, project, 'no-worker.mjs');
    expect(stdout).toMatch(/did not start \(there is no file .*nowhere\.js\).*option worker/);
  });

  it('bring nothing of Node into a page', () => {
    for (const name of ['glassbox', '@glassbox/onnx', '@glassbox/classifier', '@glassbox/webgpu-cpu']) {
      expect(nodeOnlyImports(join(project, 'node_modules'), name)).toEqual([]);
    }
    // It finds what there is: this package is for Node.
    expect(nodeOnlyImports(join(project, 'node_modules'), '@glassbox/medmnist').join()).toContain('node:fs');
  });

  it('are all in the import map of docs/browser.md that glassbox needs', () => {
    const needed = withDependencies('glassbox').map((name) =>
      name === 'glassbox' ? name : `@glassbox/${name}`,
    );
    const { imports } = JSON.parse(importMap('https://example.org'));
    needed.push('@glassbox/tensor-core/functions'); // what the others import of it
    expect(Object.keys(imports).sort()).toEqual(needed.sort());
    for (const url of Object.values<string>(imports)) {
      expect(existsSync(join(project, 'node_modules', new URL(url).pathname)), url).toBe(true);
    }
  });

  it('compile kernels in a page to the same bytes, or leave them to the whole compiler', async () => {
    const load = (file: string) => import(pathToFileURL(at('wgsl-wasm', 'dist', file)).href);
    const { compileKernel: compileCommon } = await load('common/compile.js');
    const { RarePartsMissing } = await load('rare.js');
    const kernels = join(root, 'packages', 'wgsl-kernels', 'wgsl');
    const files = globSync('*/*.wgsl', { cwd: kernels }).filter((file) => !/Workgroup/.test(file));
    const texts = files
      .filter((_, at) => at % 4 === 0)
      .map((file) => readFileSync(join(kernels, file), 'utf8'))
      .concat([0, 2].map((classes) => addToTotals({ batch: 50, classes }).wgsl));
    // As a page does: what it has looked for, it says.
    const options = { sharedMemory: true, relaxedSimd: false };
    const ours = texts.map((text) => compileCommon(text, options));
    const kernel = (statement: string) => `
      @group(0) @binding(0) var<storage, read_write> x: array<f32>;
      @compute @workgroup_size(2) fn main(@builtin(global_invocation_id) id: vec3<u32>) { ${statement} }`;
    expect(() => compileCommon(kernel('x[id.x] = 1.0;'), options)).not.toThrow();
    const rare = ['workgroupBarrier();', 'switch id.x { default {} }', 'x[id.x] = tan(x[id.x]);'].map(kernel);
    const mistakes = ['x[id.x] = 1u;', 'y = 1;', 'let if = 1;', '{'].map(kernel);
    for (const text of [...rare, ...mistakes])
      expect(() => compileCommon(text, options), text).toThrow(RarePartsMissing);
    // From here on all parts are loaded.
    const { compileKernel } = await load('complete.js');
    expect(ours).toEqual(texts.map((text) => compileKernel(text, options)));
    for (const text of rare) expect(() => compileKernel(text), text).not.toThrow();
  });

  it('make pages of the sizes that the README says', { timeout: 60_000 }, async () => {
    expect(await sizeProblems(project)).toBe('');
  });

  it('have no native code in webgpu-cpu, which is under 1 MB with all that it needs', () => {
    const folders = withDependencies('webgpu-cpu').map((name) => at(name));
    expect(folders.length).toBeGreaterThan(2);
    expect(folders.reduce((sum, each) => sum + folderBytes(each), 0)).toBeLessThan(1_000_000);
    const endings = folders
      .flatMap((cwd) => globSync('dist/**/*.*', { cwd }))
      .map((file) => file.match(/\w+$/)?.[0]);
    expect([...new Set(endings)].sort()).toEqual(['js', 'map', 'ts']);
  });

  it('satisfy a strict compiler', () => {
    expect(typeErrors(project, 'nodenext')).toBe('');
  });

  it('are small: glassbox with all that it needs is under 3 MB', () => {
    expect(small).toBeGreaterThan(1_000_000);
    expect(small).toBeLessThan(3_000_000);
    for (const readme of ['README.md', 'packages/glassbox/README.md']) {
      const [, said] = readFileSync(join(root, readme), 'utf8').match(/npm i glassbox.*?([\d.]+) MB/)!;
      expect(Math.abs(Number(said) / (small / 1e6) - 1), readme).toBeLessThan(0.1);
    }
  });
});
