import type { GradientUses } from './gradient-uses.ts';
import type { Storage } from './storage.ts';
import type { HostWork } from './trace.ts';

/** What one `step` or `record` made and what must happen again at each replay. */
export interface Scope {
  readonly storages: Set<Storage>;
  /** Memory that outlives it by `keep`. */
  readonly kept: Set<Storage>;
  /** The host's work before each replay, in the order of the step. */
  readonly hostWork: HostWork[];
  /** Gradients that the step found and left, if it is recorded. */
  readonly gradients: GradientUses | undefined;
  readonly recording: boolean;
}

/** The scope of a step that begins. @param gradients those of a step that is recorded */
export function newScope(gradients?: GradientUses): Scope {
  return {
    storages: new Set(),
    kept: new Set(),
    hostWork: [],
    gradients,
    recording: gradients !== undefined,
  };
}
