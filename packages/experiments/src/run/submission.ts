import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import type { RunResults, SubmissionFile } from '../report/index.ts';

const root = resolve(import.meta.dirname, '../../../..');

/**
 * The whole project, so that what its README says can be done with the code in the zip: each folder of sources, tests
 * and pages, and the files beside them. Named one by one: data and runs that lie among them stay where they are.
 */
const code = [
  '{packages/*,benchmarks,classroom}/{src,test,bench,conformance,parity,wgsl}/**',
  '{packages/*,benchmarks,classroom}/*.{json,md,ts,html}',
  '{docs,examples,scripts}/**',
  '.{ci,github}/**',
  '{package,tsconfig,turbo,biome}.json',
  'pnpm-*.yaml',
  'vitest.config.ts',
  '.{gitignore,gitattributes,editorconfig}',
  'LICENSE',
  '*.md',
];

/** Paths of the project's own files, from its root, sorted. */
export function projectFiles(folder = root): string[] {
  const found = globSync(code, {
    cwd: folder,
    withFileTypes: true,
    exclude: ({ name }) => name === 'node_modules' || name === '.DS_Store',
  });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return [...new Set(paths.map((path) => path.replaceAll('\\', '/')))].sort();
}

/**
 * What the sheet asks to hand in: the code, the report, and the figures and numbers behind it, with a page that says
 * what lies where and how it is run. Nothing in it names a folder of this machine.
 */
export function submissionFiles(runFolder: string, results: RunResults): SubmissionFile[] {
  const result = [
    'answers.html',
    'report.html',
    'results.json',
    'metrics.jsonl',
    'metrics.csv',
    ...globSync('figures/*', { cwd: runFolder }),
  ];
  const read = (folder: string, path: string, file: string): SubmissionFile => ({
    path: posix.join(path, file.replaceAll('\\', '/')),
    data: readFileSync(join(folder, file)),
  });
  return [
    { path: 'README.md', data: contents(results) },
    { path: 'config.json', data: shownConfig(runFolder) },
    ...result
      .filter((file) => existsSync(join(runFolder, file)))
      .sort()
      .map((file) => read(runFolder, '', file)),
    ...projectFiles().map((file) => read(root, 'code', file)),
  ];
}

/** The run's options, with data files by their names alone. */
function shownConfig(runFolder: string): string {
  const config = JSON.parse(readFileSync(join(runFolder, 'config.json'), 'utf8')) as {
    options: Record<string, unknown>;
  };
  for (const name of ['data', 'chest', 'pneumonia', 'out', 'resume']) {
    const path = config.options[name];
    if (typeof path === 'string') config.options[name] = path.split(/[\\/]/).at(-1);
  }
  return `${JSON.stringify(config)}\n`;
}

function contents({ data, command, complete }: RunResults): string {
  const files = data.map(({ target, file, md5 }) => `${target}: ${file}, MD5 ${md5}`);
  return `# Transfer Learning: what was handed in

- \`answers.html\`: the answers in two pages, each with its figure and links to the lines of code that compute it
- \`report.html\`: the whole report; open it in a browser
- \`results.json\`: the numbers behind it
- \`metrics.jsonl\`, \`metrics.csv\`: every epoch of every training
- \`config.json\`: the options of the run${complete ? '' : ' (it was interrupted: some trainings are missing)'}
- \`figures/\`: every chart as PNG and SVG
- \`code/\`: the whole project; \`code/README.md\` says what it does

## Running the code

With Node 20 or later and npm; the first run installs the rest from the npm registry, without root:

\`\`\`sh
cd code
npm test               # every test
npm run practical      # trains and writes a report anew, in code/runs/
\`\`\`
${command ? `\nThis report was made by:\n\n\`\`\`sh\n${command}\n\`\`\`\n` : ''}
## What was left out

- The images:
${files.map((line) => `  - ${line}`).join('\n')}
- The trained weights (\`checkpoints/\` in the run's folder): the code trains the same ones again from the same seed,
  on the same device to the same bits.
- Dependencies (\`node_modules/\`): \`code/pnpm-lock.yaml\` names their exact versions.
- Recordings and data sets of tests that need more than is here: these tests say so and are skipped.
`;
}
