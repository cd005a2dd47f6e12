import { isLive, type Storage } from './storage.ts';

/** A gradient as far as this file is concerned: a tensor, which the runtime does not know. */
interface Gradient {
  readonly storage: Storage;
  readonly gradOf: unknown;
}

/** A tensor that may have a gradient. */
interface Leaf {
  readonly shape: readonly number[];
  heldGrad: Gradient | null;
  /** Copies a gradient to a place. */
  moveGrad(gradient: Gradient, place: Storage): unknown;
}

/**
 * What a recorded step found in the `grad` of each leaf that it looked at, and what it left there. A replay runs none
 * of the host's code, so it must begin with the same, or it would overwrite a gradient that the step itself would add
 * to.
 */
export class GradientUses {
  /** Undefined: it was replaced before anyone looked. */
  readonly #found = new Map<Leaf, Gradient | null | undefined>();
  readonly #left = new Map<Leaf, Gradient | null>();

  /** The step reads a leaf's gradient. */
  read(leaf: Leaf, gradient: Gradient | null): void {
    if (!this.#found.has(leaf)) this.#found.set(leaf, present(gradient));
  }

  /** The step replaces a leaf's gradient. */
  write(leaf: Leaf): void {
    if (!this.#found.has(leaf)) this.#found.set(leaf, undefined);
  }

  /** Remembers what the step leaves. */
  end(): void {
    for (const leaf of this.#found.keys()) this.#left.set(leaf, leaf.heldGrad);
  }

  /**
   * Gives the leaves the gradients that the recorded kernels expect. Call it before a replay.
   * @returns what is wrong, in words, if a leaf has a gradient where the step found none, or the other way round.
   *   That leaf is left as it is, and so are all others.
   */
  begin(): string | undefined {
    const moves: (() => void)[] = [];
    let problem: string | undefined;
    for (const [leaf, found] of this.#found) {
      const now = present(leaf.heldGrad);
      if (found === undefined || now === found) continue;
      if (found && now && found.gradOf === leaf) {
        moves.push(() => {
          leaf.moveGrad(now, found.storage);
          leaf.heldGrad = found;
        });
      } else problem ??= unexpected(leaf, found, now);
    }
    if (!problem) for (const move of moves) move();
    return problem;
  }

  /** Gives the leaves the gradients that the recorded kernels leave. */
  leave(): void {
    for (const [leaf, left] of this.#left) leaf.heldGrad = left;
  }
}

function unexpected(leaf: Leaf, found: Gradient | null, now: Gradient | null): string {
  const had = found ? (now ? 'another one' : 'one') : 'none';
  const advice =
    now && !found
      ? 'it would be overwritten, not added to. Call zeroGrad() in the step or before it is replayed'
      : 'record the step again';
  return (
    `a leaf of shape [${leaf.shape}] has ${now ? 'a' : 'no'} gradient now, and had ${had} ` +
    `when the step was recorded: ${advice}`
  );
}

/** A gradient that is not live was left by a step that failed: it counts as none. */
function present(gradient: Gradient | null): Gradient | null {
  return gradient && isLive(gradient.storage) ? gradient : null;
}
