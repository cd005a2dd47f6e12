/** The two trainings that the page shows: with the text of the editor, and as it is. */
import { computed, signal } from '@preact/signals';
import { spec } from '../../store.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import type { Rivals } from './rivals.ts';
import { chosen, text } from './store.ts';

/** Steps after which both stop by themselves. */
export const mostSteps = 400;
/** Milliseconds between two looks at the curves. */
const slice = 120;
/** Milliseconds within which a slice must have come: a kernel of somebody's own may take for ever. */
const patience = 10_000;

export interface Curves {
  readonly right: readonly number[];
  readonly edited: readonly number[];
  readonly trace: string;
}

const none: Curves = { right: [], edited: [], trace: '' };

export const curves = signal<Curves>(none);
export const training = signal(false);
/** Why the training with the edited text ended, if it did not by itself. */
export const trainingFailure = signal('');
/** What is trained: the kernel, its text, the net. */
const begunWith = signal<readonly unknown[]>([]);
const now = computed(() => [chosen.value?.id, text.value, spec.value]);
/** The curves are of another text than the editor's. */
export const outdated = computed(
  () => curves.value !== none && now.value.some((each, index) => each !== begunWith.value[index]),
);
/** Steps that both have done. */
export const steps = computed(() => curves.value.right.length);

let remote: RemoteWorker<Rivals> | undefined;

/** Goes on, or begins anew if the text is another one by now. */
export async function train(): Promise<void> {
  training.value = true;
  trainingFailure.value = '';
  try {
    if (!remote || curves.value === none || outdated.peek() || steps.peek() >= mostSteps) await begin();
    while (training.peek() && steps.peek() < mostSteps) {
      const own = remote!;
      const watch = setTimeout(() => own.end('it took longer than 10 seconds'), patience);
      const news = await own.api.advance(slice, mostSteps).finally(() => clearTimeout(watch));
      const { right, edited } = curves.peek();
      curves.value = {
        right: [...right, ...news.right],
        edited: [...edited, ...news.edited],
        trace: news.trace,
      };
    }
  } catch (error) {
    if (training.peek()) trainingFailure.value = (error as Error).message;
    remote?.end('failed');
    remote = undefined;
  }
  training.value = false;
}

async function begin(): Promise<void> {
  remote?.end('replaced');
  remote = openRemote<Rivals>(new Worker(new URL('./rivals-worker.ts', import.meta.url), { type: 'module' }));
  begunWith.value = now.peek();
  curves.value = { ...none };
  await remote.api.open(spec.peek(), chosen.peek()!.wgsl, text.peek());
}

export function stopTraining(): void {
  training.value = false;
}
