import type { Column } from '../output/table.ts';
import type { StepResult } from './measure.ts';

/** How results of steps are printed. */
export const stepColumns: readonly Column<StepResult>[] = [
  { title: 'case', value: (r) => r.case },
  { title: 'batch', value: (r) => r.batch },
  { title: 'threads', value: (r) => r.threads ?? '-' },
  { title: 'ms/step', value: (r) => r.trainStepMs, digits: 2 },
  { title: 'quartiles', value: (r) => r.trainStepMsQuartiles.map((ms) => ms.toFixed(2)).join(' - ') },
  { title: 'fastest', value: (r) => r.minStepMs, digits: 2 },
  { title: 'images/s', value: (r) => r.trainImgPerSec },
  { title: 'inference/s', value: (r) => r.inferImgPerSec },
  { title: 'first step ms', value: (r) => r.firstStepMs },
  { title: 'dispatches', value: (r) => r.dispatches },
  { title: 'MiB', value: (r) => r.peakBytes / 2 ** 20 },
];
