import type { Column } from '../output/table.ts';
import type { EpochResult } from './epoch.ts';
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

/** How results of whole epochs are printed. */
export const epochColumns: readonly Column<EpochResult>[] = [
  { title: 'images', value: (r) => r.images },
  { title: 'validation', value: (r) => r.validationImages },
  { title: 'first epoch s', value: (r) => r.firstEpochMs / 1000, digits: 2 },
  { title: 'second epoch s', value: (r) => r.epochMs / 1000, digits: 2 },
  { title: 'us/image', value: (r) => r.msPerImage * 1000, digits: 1 },
];
