import type { Trouble } from './messages.ts';

/** Why a run cannot go on as it is. */
export class Refusal extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.kind);
    this.trouble = trouble;
  }
}

/** What the page says of an error. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Refusal) return error.trouble;
  if ((error as DOMException | undefined)?.name === 'QuotaExceededError') return { kind: 'storageFull' };
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
}
