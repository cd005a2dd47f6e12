/** Notes the gradient of each tensor that leads to a loss while `backward` computes it. */
import type { Tensor } from '@glassbox/tensor-core';

type Node = NonNullable<Tensor['node']>;
type Given = ReturnType<NonNullable<Node['backward']>>[number];

export class Gradients {
  readonly #found = new Map<Tensor, Tensor>();
  /** Ops whose rule was not called, for their gradient passes through them as it is: output and input. */
  readonly #passed = new Map<Tensor, Tensor>();

  /** @param loss before `backward`: the rules of all ops that lead to it are listened to. */
  constructor(loss: Tensor) {
    const seen = new Set<Tensor>();
    const stack = [loss];
    for (let current = stack.pop(); current; current = stack.pop()) {
      const { node } = current;
      if (!node || seen.has(current)) continue;
      seen.add(current);
      this.#listen(current, node);
      stack.push(...node.inputs);
    }
  }

  #listen(output: Tensor, node: Node): void {
    const rule = node.backward;
    if (!rule) return;
    const { inputs } = node;
    if (inputs.length === 1) this.#passed.set(output, inputs[0]);
    node.backward = (dy, wanted, hints) => {
      this.#found.set(output, dy);
      this.#passed.delete(output);
      const given = rule(dy, wanted, hints);
      for (const [index, gradient] of given.entries()) {
        const tensor = gradient && tensorOf(gradient);
        // The sum of several uses is known when the rule of the op before is called.
        if (tensor && inputs[index].node) this.#found.set(inputs[index], tensor);
      }
      return given;
    };
  }

  /** After `backward`: what passed through ops whose rule was not called. */
  close(): void {
    for (const [output, input] of this.#passed) {
      const gradient = this.#found.get(output);
      if (gradient && !this.#found.has(input)) this.#found.set(input, gradient);
    }
  }

  /** d loss / d tensor; undefined if it was not computed. */
  of(tensor: Tensor): Tensor | undefined {
    return this.#found.get(tensor);
  }
}

function tensorOf(given: NonNullable<Given>): Tensor {
  return 'gradient' in given ? given.gradient : given;
}
