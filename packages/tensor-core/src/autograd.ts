/**
 * Reverse-mode differentiation. An op that is differentiable attaches a node to its output: its inputs and a function
 * from the output's gradient to the inputs' gradients. `backward` walks the nodes from the loss to the leaves, each
 * once, the newest first, and sums what reaches the same tensor. It also hands on what one rule knows about a gradient
 * and the next one can use (`fusions/gradient-facts.ts`).
 */
import { equal, type Layout, sameLayout } from '@glassbox/wgsl-kernels';
import { knowsFacts, passesThrough, wantedFacts } from './fusions/gradient-facts.ts';
import { isGradEnabled, noGrad } from './grad-mode.ts';
import { type BackwardFunction, type GradientFacts, KnownGradient } from './graph.ts';
import { accumulate, plus } from './primitives/accumulate.ts';
import { full } from './primitives/fill.ts';
import { requireFloats, requireTensor } from './primitives/operands.ts';
import { isLive, nextSerial, type Storage } from './runtime/storage.ts';
import { copyInto, type Tensor } from './tensor.ts';

export { isGradEnabled, noGrad };

let nextOrder = 0;
const nothing: GradientFacts<Tensor> = {};

/**
 * Attaches the gradient rule to an op's output, unless no input wants a gradient: frozen parts cost nothing.
 * @returns `output`
 */
export function differentiable(
  name: string,
  output: Tensor,
  inputs: readonly Tensor[],
  backward: BackwardFunction<Tensor>,
): Tensor {
  if (needsGrad(...inputs)) {
    output.node = { name, order: nextOrder++, inputs, backward };
    output.requiresGrad = true;
  }
  return output;
}

/** True if some input's gradient will be asked for: ops save only then. */
export function needsGrad(...inputs: readonly Tensor[]): boolean {
  return isGradEnabled() && inputs.some((input) => input.requiresGrad);
}

/**
 * Computes d `loss` / d leaf for every leaf that requires it and adds it to the leaf's `grad`.
 * @param gradient d objective / d `loss`; ones for a scalar loss.
 * @throws Error if `loss` has no history, is not a scalar and no gradient is given, or was differentiated before.
 */
export function backward(loss: Tensor, gradient?: Tensor): void {
  requireTensor('backward', loss);
  if (!loss.requiresGrad) {
    throw new Error(
      'backward: nothing to differentiate: no tensor that led here requires a gradient (all frozen, ' +
        'detached or inside noGrad)',
    );
  }
  if (!gradient && loss.size !== 1) {
    throw new Error(
      `backward: a loss of shape [${loss.shape}] needs a gradient of that shape, or a sum or mean first`,
    );
  }
  if (gradient && !equal(gradient.shape, loss.shape)) {
    throw new RangeError(
      `backward: a gradient of shape [${gradient.shape}] for a tensor of shape [${loss.shape}]`,
    );
  }
  requireFloats('backward', [loss, gradient]);
  loss.runtime.reclaim();
  differentiate(loss, gradient);
}

/**
 * `backward` without its checks. Gradients of `sources`, leaves too, are returned and not added to their `grad`.
 * @returns a gradient for each source; null for one that does not lead to `loss`.
 */
export function differentiate(
  loss: Tensor,
  gradient?: Tensor,
  sources: readonly Tensor[] = [],
): (Tensor | null)[] {
  return noGrad(() => {
    const gradients = new Map<Tensor, Tensor>();
    const known = new Map<Tensor, GradientFacts<Tensor>>();
    const leaves: Tensor[] = [];
    const first = nextSerial();
    const seen = new Set<Storage>();
    gradients.set(loss, gradient ? laidOut(gradient, loss.layout) : full(loss.runtime, loss.layout, 1));
    if (!gradient) known.set(loss, { ones: wantedFacts('backward', loss.node).ones });
    for (const current of newestFirst(loss)) {
      const dy = gradients.get(current);
      const { node } = current;
      if (!node) {
        leaves.push(current);
        continue;
      }
      gradients.delete(current);
      if (!dy) continue;
      if (!node.backward) {
        throw new Error(
          `backward: ${node.name} was differentiated before and has freed what it saved; compute the loss again`,
        );
      }
      const { inputs } = node;
      const wanted = inputs.map((input) => input.requiresGrad);
      seen.add(dy.storage);
      const facts = known.get(current) ?? nothing;
      const wantedOf = knowsFacts(node.name) ? inputs.map((input) => wantedFacts(node.name, input.node)) : [];
      const hints = { facts, wantedFacts: wantedOf };
      const inputGradients = passesThrough(node.name, facts)
        ? [new KnownGradient(dy, facts)]
        : node.backward(dy, wanted, hints);
      node.backward = null;
      node.inputs = [];
      for (const [index, input] of inputs.entries()) {
        const given = inputGradients[index];
        if (!given || !wanted[index]) continue;
        const dx = given instanceof KnownGradient ? given.gradient : given;
        const aligned = laidOut(dx, input.layout);
        const sum = gradients.get(input);
        gradients.set(input, sum ? plus(sum, aligned) : aligned);
        if (sum) known.delete(input);
        else if (given instanceof KnownGradient) known.set(input, given.facts);
      }
    }
    for (const leaf of leaves) {
      const dy = gradients.get(leaf);
      // Memory that is older than this call, or that a gradient rule was given, may be known to somebody else.
      if (dy && !sources.includes(leaf)) {
        accumulateLeaf(leaf, dy, dy.storage.serial >= first && !seen.has(dy.storage));
      }
    }
    return sources.map((source) => gradients.get(source) ?? null);
  });
}

/** The gradient in a layout; itself if it lies so already. */
function laidOut(gradient: Tensor, layout: Layout): Tensor {
  return sameLayout(gradient.layout, layout) ? gradient : copyInto(null, gradient, layout);
}

/** Tensors that lead to `loss` and require a gradient, each after everything computed from it. */
function newestFirst(loss: Tensor): Tensor[] {
  const found = new Set<Tensor>();
  const stack = [loss];
  for (let current = stack.pop(); current; current = stack.pop()) {
    if (found.has(current)) continue;
    found.add(current);
    for (const input of current.node?.inputs ?? []) if (input.requiresGrad) stack.push(input);
  }
  return [...found].sort((a, b) => (b.node?.order ?? -1) - (a.node?.order ?? -1));
}

/**
 * Puts a gradient where the leaf keeps it. A leaf in an arena has a place for it: a gradient that was not computed
 * yet (its kernel is still pending) is simply computed there, without a copy.
 * @param fresh nobody else has a hold of `dy`.
 */
function accumulateLeaf(leaf: Tensor, dy: Tensor, fresh: boolean): void {
  const held = leaf.heldGrad;
  // A gradient that is not live was left by a step that failed.
  if (!held || !isLive(held.storage)) leaf.takeGrad(placed(leaf, dy, fresh));
  else if (held.gradOf === leaf) accumulate(held, dy);
  // A caller's own tensor stays as it is.
  else leaf.takeGrad(placed(leaf, plus(laidOut(held, leaf.layout), dy), true));
}

function placed(leaf: Tensor, dy: Tensor, fresh: boolean): Tensor {
  const { storage } = dy;
  const free = fresh && !storage.claimed && !storage.pinned && sameLayout(dy.layout, leaf.layout);
  const place = leaf.gradStorage;
  if (!free) return copyInto(place, dy, leaf.layout);
  if (!place) return dy;
  if (storage.buffer || storage.upload || storage.tailWords !== place.tailWords) {
    return copyInto(place, dy, leaf.layout);
  }
  storage.buffer = place.buffer;
  storage.offset = place.offset;
  storage.pinned = true;
  storage.owner = place.owner;
  return dy;
}
