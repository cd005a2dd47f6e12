import { type Kernel, linearKernel, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';

/**
 * Fills a buffer with zeros, for example all gradients before a step. Bindings: y.
 * @throws RangeError unless `words` is a positive multiple of 4.
 */
export function zero(
  { words }: { readonly words: number },
  { workgroupSize, invocations }: Machine = machines.gpu,
): Kernel {
  if (!(words > 0) || words % 4 !== 0) {
    throw new RangeError(`zero: ${words} words are not a positive multiple of 4; pad the buffer`);
  }
  const vectors = words / 4;
  const run = invocations === 'few' ? 32 : 1;
  return linearKernel({
    name: 'zero',
    about: `
y = 0.
y: ${words} 32-bit words
One invocation writes ${run} vec4.`,
    bindings: [readsWrites('y', 'array<vec4<u32>>')],
    invocations: Math.ceil(vectors / run),
    workgroupSize,
    constants: { RUN: run, VECTORS: vectors },
    body:
      run === 1
        ? 'y[i] = vec4<u32>(0u);'
        : `
let last = min(i * RUN + RUN, VECTORS);
for (var at = i * RUN; at < last; at++) {
  y[at] = vec4<u32>(0u);
}`,
    flop: 0,
    bytes: 4 * words,
  });
}
