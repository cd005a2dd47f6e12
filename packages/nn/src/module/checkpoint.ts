import { checkValue, instance } from '@glassbox/options';
import { recomputed, type Tensor } from '@glassbox/tensor-core/functions';
import { Block } from './block.ts';
import { Module } from './module.ts';

const aModule = instance(() => Module, 'a module');

/**
 * Computes a part of a net and keeps only its input for the backward pass, which computes the part again: more
 * time for a training step, and much less memory (Chen et al., 2016). The bits of values, gradients and running
 * statistics are the same. As PyTorch's `torch.utils.checkpoint.checkpoint`.
 *
 * @returns the part's output; it can be differentiated once.
 */
export function checkpoint(module: Module, x: Tensor): Tensor {
  checkValue('checkpoint', 'module', module, aModule);
  return checkpointed(module, module.forward.bind(module), x);
}

const checkpointed = (module: Module, forward: Module['forward'], x: Tensor) =>
  recomputed(forward, x, module.parameters());

/**
 * Lets parts of a net be computed again in the backward pass, in place of keeping what is in them: see `checkpoint`.
 * From then on each of these parts does so at every call.
 *
 * @param which the parts; by default the blocks that the net repeats, which all nets of this library with blocks know.
 * @returns the net
 * @throws Error if the net has no such part.
 */
export function applyActivationCheckpointing<M extends Module>(
  net: M,
  which: (module: Module) => boolean = (module) => module instanceof Block,
): M {
  checkValue('applyActivationCheckpointing', 'net', net, aModule);
  const parts = net.modules().filter(which);
  if (parts.length === 0) {
    throw new Error(
      `applyActivationCheckpointing: ${net.constructor.name} has no such part; say which ones: ` +
        '(module) => module instanceof …',
    );
  }
  for (const part of parts) {
    const forward = part.forward.bind(part);
    part.forward = (x) => checkpointed(part, forward, x);
  }
  return net;
}
