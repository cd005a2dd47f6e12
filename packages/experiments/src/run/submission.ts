import type { RunResults, SubmissionFile } from '../report/index.ts';
import type { RunStore } from './store.ts';
import { linkedCode } from './write-report.ts';

/**
 * What the sheet asks to hand in: the code, the report, and the figures and numbers behind it, with a page that says
 * what lies where and how it is run. Nothing in it names a folder of this machine.
 * @param code the whole project; undefined: the run's own copies of files that the answers link to
 */
export function submissionFiles(
  run: RunStore,
  results: RunResults,
  code: readonly SubmissionFile[] | undefined,
): SubmissionFile[] {
  const result = [
    'answers.html',
    'report.html',
    'results.json',
    'metrics.jsonl',
    'metrics.csv',
    ...run.names('figures').map((name) => `figures/${name}`),
  ];
  const read = (path: string): SubmissionFile => ({ path, data: run.read(path) });
  return [
    { path: 'README.md', data: contents(results, code !== undefined) },
    { path: 'config.json', data: shownConfig(run) },
    ...result
      .filter((file) => run.has(file))
      .sort()
      .map(read),
    ...(code ?? linkedCode().map((file) => read(`code/${file}`))),
  ];
}

/** The run's options, with data files by their names alone. */
function shownConfig(run: RunStore): string {
  const config = run.readJson('config.json') as { options: Record<string, unknown> };
  for (const name of ['data', 'chest', 'pneumonia', 'out', 'resume']) {
    const path = config.options[name];
    if (typeof path === 'string') config.options[name] = path.split(/[\\/]/).at(-1);
  }
  return `${JSON.stringify(config)}\n`;
}

function contents({ data, command, complete }: RunResults, wholeProject: boolean): string {
  const files = data.map(({ target, file, md5 }) => `${target}: ${file}, MD5 ${md5}`);
  return `# Transfer Learning: what was handed in

- \`answers.html\`: the answers in two pages, each with its figure and links to the lines of code that compute it
- \`report.html\`: the whole report; open it in a browser
- \`results.json\`: the numbers behind it
- \`metrics.jsonl\`, \`metrics.csv\`: every epoch of every training
- \`config.json\`: the options of the run${complete ? '' : ' (it was interrupted: some trainings are missing)'}
- \`figures/\`: every chart as PNG and SVG
${wholeProject ? projectContents : '- `code/`: the files of the project that the answers link to\n'}
${command ? `This report was made by:\n\n\`\`\`sh\n${command}\n\`\`\`\n\n` : ''}## What was left out

- The images:
${files.map((line) => `  - ${line}`).join('\n')}
- The trained weights (\`checkpoints/\` in the run's folder): the code trains the same ones again from the same seed,
  on the same device to the same bits.
${wholeProject ? leftOutOfProject : '- The rest of the project: glassbox, of the version that the report names\n'}`;
}

const projectContents = `- \`code/\`: the whole project; \`code/README.md\` says what it does

## Running the code

With Node 20 or later and npm; the first run installs the rest from the npm registry, without root:

\`\`\`sh
cd code
npm test               # every test
npm run practical      # trains and writes a report anew, in code/runs/
\`\`\`
`;

const leftOutOfProject = `- Dependencies (\`node_modules/\`): \`code/pnpm-lock.yaml\` names their exact versions.
- Recordings and data sets of tests that need more than is here: these tests say so and are skipped.
`;
