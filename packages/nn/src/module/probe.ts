import { noGrad, type Tensor } from '@glassbox/tensor-core/functions';
import { evaluationModes, inModes } from './modes.ts';
import type { Module } from './module.ts';

/** Calls one module's `forward` and returns what it gives. What has to happen before and after stands around it. */
export type Around = (module: Module, forward: () => Tensor) => Tensor;

/**
 * One forward pass to look at: in evaluation mode, without gradients, and each registered part called by itself, also
 * where several have a kernel in common. The net stays as it was.
 * @param around is called in the place of each part's `forward`, the whole net's first
 */
export function probe(net: Module, x: Tensor, around: Around): Tensor {
  const restore: (() => void)[] = [];
  try {
    for (const module of net.modules()) {
      const own = Object.getOwnPropertyDescriptor(module, 'forward');
      const forward = module.forward.bind(module);
      const watched = (...inputs: Parameters<Module['forward']>) => around(module, () => forward(...inputs));
      Object.defineProperty(module, 'forward', { value: watched, configurable: true });
      restore.push(() => {
        if (own) Object.defineProperty(module, 'forward', own);
        else Reflect.deleteProperty(module, 'forward');
      });
    }
    return inModes(net, evaluationModes(net), () => noGrad(() => net.forward(x)));
  } finally {
    for (const undo of restore) undo();
  }
}
