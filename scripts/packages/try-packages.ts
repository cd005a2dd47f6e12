/** Tarballs tried as a user installs them: by `npm run test:packages`, and by a release before it publishes them. */
import { join } from 'node:path';
import { chromium } from '../../packages/tensor-core/test/browser/chromium.ts';
import { checkEngine } from './check-engines.ts';
import { checkPages } from './check-pages.ts';
import { agrees, checkGuide, computedBy } from './check-webgpu-cpu.ts';
import { withDependencies } from './dist.ts';
import {
  type Compiler,
  installedBytes,
  manifestProblems,
  npmInstall,
  ownCompiler,
  resolutions,
  typeErrors,
} from './installed.ts';
import { writePrograms } from './programs.ts';
import { nodeOf, otherEngines, runWith } from './runtimes.ts';
import { sizeProblems } from './sizes.ts';
import type { Say } from './verdicts.ts';

/** Bytes that glassbox may take with all that it needs. */
const limit = 3_000_000;

export interface Tries {
  /** Major versions of Node, besides the one that runs this. */
  readonly nodes: readonly number[];
  readonly bunAndDeno: boolean;
  /** In Chromium. */
  readonly pages: boolean;
}

/**
 * @param folder an empty one, to install into
 * @param packed the tarballs by the packages' folders
 */
export async function tryPackages(
  folder: string,
  packed: Readonly<Record<string, string>>,
  tries: Tries,
  say: Say,
): Promise<void> {
  const project = join(folder, 'project');
  npmInstall(project, ...withDependencies('glassbox').map((name) => packed[name]));
  const bytes = installedBytes(project);
  const size = `${(bytes / 1e6).toFixed(2)} MB`;
  say('glassbox installed without peers', bytes < limit ? '' : `more than ${limit} bytes`, size);
  npmInstall(project, ...Object.values(packed));
  writePrograms(project);

  const tools = join(folder, 'tools');
  npmInstall(tools, 'typescript@5', 'publint@0.3', '@arethetypeswrong/cli@0.18');
  const compilers: Record<string, Compiler> = {
    "this project's TypeScript": ownCompiler,
    'TypeScript 5': [process.execPath, join(tools, 'node_modules', 'typescript', 'bin', 'tsc')],
  };
  for (const [name, compiler] of Object.entries(compilers)) {
    for (const resolution of resolutions) {
      say(`${name}, ${resolution}`, typeErrors(project, resolution, compiler));
    }
  }
  for (const [name, tarball] of Object.entries(packed)) {
    say(`publint and attw, ${name}`, manifestProblems(tools, tarball));
  }

  const ownNode = { name: `Node ${process.versions.node}`, command: [process.execPath] } as const;
  const trained = runWith(ownNode, project, 'threads.mjs').stdout.trim();
  say('a training, which all below repeat to the bit', isTrained(trained) ? '' : trained, trained);
  const printed = runWith(ownNode, project, 'printing.mjs').stdout;
  say('printing', printsAll(printed) ? '' : printed);
  const computed = computedBy(ownNode, project);
  say(
    'webgpu-cpu: the same bits on one thread, two, and with checks',
    agrees(computed, []) ? '' : computed,
    computed,
  );
  const expected = { trained, printed, computed: [computed] };
  if (tries.nodes.length === 0) checkEngine(ownNode, project, expected, say);
  for (const major of tries.nodes) checkEngine(nodeOf(major), project, expected, say);
  if (tries.bunAndDeno) for (const engine of otherEngines()) checkEngine(engine, project, expected, say);
  else console.log('skip   Bun and Deno: npm run test:packages (without --node) tries them');
  const sizes = await sizeProblems(project, tries.pages ? chromium : undefined);
  say('sizes of pages, as the README says them', sizes);
  if (tries.pages) {
    checkGuide(folder, packed, say);
    await checkPages(project, expected, say);
  } else console.log('skip   pages: npm run test:packages tries them');
}

/** Whether tensor, module and summary are shown for people. */
const printsAll = (said: string) =>
  ['Tensor [2,2] f32', 'tensor([[ 1.0000,', 'Sequential(\n  (0): Linear', '  0: Linear  [4,3] '].every(
    (part) => said.includes(part),
  );

const isTrained = (said: string) => /^loss 0\.\d+ threads 2$/.test(said);
