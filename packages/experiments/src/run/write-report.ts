/** What a run is made into: results, figures, report, answers. */
import { buildAnswers, buildReport, figureFiles } from '../pages/index.ts';
import { codeText } from '../platform/node.ts';
import { analyse, serializeResults } from '../report/index.ts';
import { tasks as everyTask } from '../tasks/index.ts';
import { codePlaces } from '../tasks/task.ts';
import { collectTestImages } from '../training/test-images.ts';
import type { PreparedRun } from './train-run.ts';

/** Writes `results.json`, the figures, `report.html`, `answers.html` and the code that these link to. */
export async function writeReport({ context, results }: PreparedRun): Promise<void> {
  const { folder, note } = context;
  results.testImages = collectTestImages(context, results);
  note('writing figures and report');
  await folder.write('results.json', serializeResults(results));
  const analysis = analyse(results);
  for (const { name, data } of figureFiles(results, analysis)) await folder.write(`figures/${name}`, data);
  await folder.write('report.html', buildReport(results, analysis));
  await folder.write('answers.html', buildAnswers(results, analysis));
  // The answers link to files and lines: those lie beside them in the folder as in the submission.
  for (const file of linkedCode()) await folder.write(`code/${file}`, codeText(file));
}

/** Files of the project that the answers link to, from its root. */
export function linkedCode(): string[] {
  return [...new Set(codePlaces(everyTask).map(({ file }) => file))];
}
