import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../plain-javascript.ts';
import { nodeOnlyImports } from './browser-graph.ts';
import { publishable } from './dist.ts';
import {
  installedBytes,
  NoRegistryError,
  npmInstall,
  packPackages,
  runProgramWith,
  typeErrors,
  writePrograms,
} from './installed.ts';
import { sizeProblems } from './sizes.ts';

/** The packages as a user gets them, on one Node and by one compiler; npm run test:packages tries more. */

const folder = mkdtempSync(join(tmpdir(), 'glassbox-installed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tarballs = packPackages(join(folder, 'tarballs'));
const project = join(folder, 'project');

let missing = '';
let small = 0;
try {
  const { medmnist, onnx, images, classifier, random, ...own } = tarballs;
  npmInstall(project, ...Object.values({ ...own, random }));
  small = installedBytes(project);
  npmInstall(project, medmnist, onnx, images, classifier);
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
    const trained = runProgramWith(process.execPath, project, 'train.mjs');
    expect(trained.stderr).toBe('');
    expect(Number(trained.stdout.match(/([\d.]+) % right/)?.[1])).toBeGreaterThan(70);
    const readme = runProgramWith(process.execPath, project, 'readme.mjs');
    expect(readme).toMatchObject({ status: 0, stderr: '' });
    const [logits] = [[...readme.stdout.matchAll(/-?\d+\.\d+/g)].map(Number)];
    expect([0, 1, 2, 3].map((row) => Number(logits[2 * row + 1] > logits[2 * row]))).toEqual([0, 1, 1, 0]);
  });

  it('say what to install for the webgpu device', () => {
    const { stdout } = runProgramWith(process.execPath, project, 'no-dawn.mjs');
    expect(stdout).toMatch(/^DeviceError: .*`npm i webgpu`/);
  });

  it('warn where a GPU may be and webgpu is missing, and compute without', () => {
    const driver = { VK_DRIVER_FILES: join(folder, 'driver.json') };
    const { stdout, stderr } = runProgramWith(process.execPath, project, 'auto.mjs', driver);
    expect(stderr).toMatch(/^No GPU is looked for\. .*`npm i webgpu`/);
    expect(stdout).toBe('wasm\n');
  });

  it('bring nothing of Node into a page', () => {
    for (const name of ['glassbox', '@glassbox/onnx', '@glassbox/classifier']) {
      expect(nodeOnlyImports(join(project, 'node_modules'), name)).toEqual([]);
    }
    // It finds what there is: this package is for Node.
    expect(nodeOnlyImports(join(project, 'node_modules'), '@glassbox/medmnist').join()).toContain('node:fs');
  });

  it('make pages of the sizes that the README says', { timeout: 60_000 }, async () => {
    expect(await sizeProblems(project)).toBe('');
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
