import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Every object of options that a package takes is held to its names when a program runs (`@glassbox/options`). A new
 * one without a table, or a table that nobody uses, is noticed here; that a table has all names is noticed by the
 * compiler.
 */
const root = resolve(import.meta.dirname, '..');
const checked = [
  'wgsl-wasm',
  'webgpu-cpu',
  'tensor-core',
  'nn',
  'onnx',
  'medmnist',
  'logs',
  'images',
  'metrics',
  'classifier',
  'experiments',
  'sweep',
];

/** Not given by users of a package, with the reason. */
const exempt: Record<string, string> = {
  'wgsl-wasm BuilderOptions': 'inside of the compiler',
  'wgsl-wasm LowerOptions': 'inside of the compiler',
  'medmnist RequestOptions': 'inside of the download',
  'experiments TrainOptions': 'comes from the command line, which refuses unknown flags itself',
  'experiments MedmnistOptions': 'comes from the command line, which refuses unknown flags itself',
  'experiments ReadImagesOptions': 'inside of the training',
  'experiments ParityOptions': 'comes from the command line, which refuses unknown flags itself',
  'experiments ExplainOptions': 'comes from the command line, which refuses unknown flags itself',
  'sweep CellOptions': 'are by the names of flags; the command that they are for refuses unknown ones',
  'nn AdamOptions': 'is part of AdamHyper, and one flag that is checked apart',
  'nn RmspropOptions': 'is part of RmspropHyper, and one flag that is checked apart',
  'nn SgdOptions': 'is part of SgdHyper',
};

/** Arguments that are no options: all of their members must be given. */
const named: Record<string, string> = {
  'src/ops/optimizer/optimizer.ts adamStep': 'arenas of an optimiser',
  'src/dataset.ts imageBytes': 'images',
  'src/evaluate.ts evaluateRow': 'scores',
  'src/figures/compact.ts dotRowsFigure': 'rows of a figure',
};

const sources = checked.map((name) => {
  const files = globSync('src/**/*.ts', { cwd: join(root, 'packages', name) }).map((file) => ({
    file,
    text: readFileSync(join(root, 'packages', name, file), 'utf8'),
  }));
  return { name, files, all: files.map(({ text }) => text).join('\n') };
});

describe.each(sources)('options of $name', ({ name, files, all }) => {
  const declared = [...all.matchAll(/export (?:interface|type) (\w*Options)\b/g)].map(([, type]) => type);

  it('all have a table', () => {
    const without = declared.filter(
      (type) => !new RegExp(`OptionTable<${type}>`).test(all) && !(`${name} ${type}` in exempt),
    );
    expect(without).toEqual([]);
  });

  it('have tables that are used', () => {
    const unused = [...all.matchAll(/const (\w+): OptionTable</g)]
      .map(([, table]) => table)
      .filter(
        (table) =>
          !new RegExp(`(checkOptions|checkNames)\\([^;]*\\b${table}\\b|\\.\\.\\.${table}\\b`).test(all),
      )
      // Options within other options, and tables that are handed to a common base.
      .filter((table) => !new RegExp(`table\\(${table}\\)|, ${table}, \\[`).test(all));
    expect(unused).toEqual([]);
  });

  it('have types with a name where a public function takes them', async () => {
    const index = await import(join(root, 'packages', name, 'src/index.ts'));
    const inline = files.flatMap(({ file, text }) =>
      [...text.matchAll(/export (?:async )?function (\w+)[^(]*\(([^)]*)\)/g)]
        .filter(([, , parameters]) => /\}: \{|\w\??: \{|\} = \{\}/.test(parameters))
        .filter(([, declared]) => declared in index)
        .map(([, declared]) => `${file} ${declared}`),
    );
    expect(inline.filter((each) => !(each in named))).toEqual([]);
  });

  it('are exempt only while they exist', () => {
    const gone = Object.keys(exempt)
      .filter((each) => each.startsWith(`${name} `))
      .filter((each) => !declared.includes(each.slice(name.length + 1)));
    expect(gone).toEqual([]);
  });
});
