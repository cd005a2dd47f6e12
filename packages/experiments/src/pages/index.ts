/** What a run is made into: figures, the report, and the answers in two pages. */
export { buildAnswers } from './answers.ts';
export { collectFigures, figureFiles } from './figures.ts';
export { buildReport } from './report.ts';
