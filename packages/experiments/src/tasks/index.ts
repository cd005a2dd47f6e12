/** The tasks of the practical, in the sheet's order: command line, run, figures and report follow this list. */
import { lowData } from './1a-low-data/index.ts';
import { latentSpace } from './1b-latent-space.ts';
import { autoencoder } from './1c-autoencoder/index.ts';
import { transfer } from './2-transfer.ts';
import { frozen } from './2a-frozen.ts';
import { trainable } from './2b-trainable.ts';
import { latentSpaces } from './2c-latent-spaces.ts';
import { bonus } from './3-bonus.ts';
import type { TASK_IDS } from './ids.ts';
import type { Task } from './task.ts';

/** A task for each id, at its place. */
type InOrder<Ids extends readonly string[]> = {
  readonly [I in keyof Ids]: Task & { readonly id: Ids[I] };
};

export const tasks = [
  lowData,
  latentSpace,
  autoencoder,
  transfer,
  frozen,
  trainable,
  latentSpaces,
  bonus,
] as const satisfies InOrder<typeof TASK_IDS>;
