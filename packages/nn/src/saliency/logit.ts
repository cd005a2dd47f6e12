import { checkValue, whole } from '@glassbox/options';
import { backward, type Tensor, tensor } from '@glassbox/tensor-core/functions';
import { aModule, aTensor } from '../module/kinds.ts';
import { evaluationModes, inModes } from '../module/modes.ts';
import type { Module } from '../module/module.ts';

/** @throws TypeError or RangeError for what is no net, no images or no class number. */
export function checkSaliency(owner: string, net: Module, images: Tensor, target: number): void {
  checkValue(owner, 'the net', net, aModule);
  checkValue(owner, 'images', images, aTensor);
  checkValue(owner, 'target', target, whole(0));
  if (images.shape.length !== 4) {
    throw new RangeError(`${owner}: images of shape [${images.shape}]; pass [N,C,H,W]`);
  }
}

/**
 * Runs `forward` in evaluation mode with all parameters frozen, and goes back from one logit of each image to what
 * requires a gradient then. Modes, parameters and their gradients are afterwards what they were.
 * @param forward gives logits [N,K]
 */
export function backwardFromLogit(owner: string, net: Module, target: number, forward: () => Tensor): void {
  const learning = net.parameters().filter(({ requiresGrad }) => requiresGrad);
  for (const parameter of learning) parameter.requiresGrad = false;
  try {
    inModes(net, evaluationModes(net), () => {
      const logits = forward();
      const [count, classes] = logits.shape;
      if (logits.shape.length !== 2 || target >= classes) {
        throw new RangeError(
          `${owner}: the net gives [${logits.shape}], which has no logit ${target} for each image; ` +
            'it should give [N,K], and target be below K',
        );
      }
      const chosen = new Float32Array(count * classes);
      for (let n = 0; n < count; n++) chosen[n * classes + target] = 1;
      backward(logits, tensor(logits.runtime, chosen, [count, classes]));
    });
  } finally {
    for (const parameter of learning) parameter.requiresGrad = true;
  }
}

/** Takes the gradient that a leaf has got. */
export function takenGradient(leaf: Tensor): Tensor {
  const gradient = leaf.heldGrad!;
  leaf.heldGrad = null;
  return gradient;
}
