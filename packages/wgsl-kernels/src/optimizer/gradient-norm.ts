import { loopTo, partOf, sumLoops } from '../cascade.ts';
import { f32 } from '../elementwise/literal.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import { type ArenaSpec, arenaConstants, arenaKernel, checkBlocks, forEachTrainable } from './arena.ts';

/** Blocks that one invocation of stage 1 sums: at most 256 partial sums for stage 2. */
function blocksPerPart(blocks: number): number {
  return Math.max(4, Math.ceil(blocks / 256));
}

/** float32 words of the partial sums between the two stages of the gradient norm. */
export function gradientNormPartialsSize({ blocks }: ArenaSpec): number {
  return 4 * Math.ceil(blocks / blocksPerPart(blocks));
}

/**
 * Stage 1 of the gradient norm: sums of squares over ranges of blocks that are not frozen.
 * Bindings: gradients, groups (u32 per block), partials (`gradientNormPartialsSize` words).
 */
export function gradientNormPartials(
  { blocks }: ArenaSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  checkBlocks('gradientNormPartials', blocks);
  const size = blocksPerPart(blocks);
  const words = gradientNormPartialsSize({ blocks });
  return linearKernel({
    name: 'gradientNormPartials',
    about: `
partials[part] = Σ gradient² over ${size} blocks of 64 floats, frozen ones (group 0xffffffff) left out.
gradients: arena of ${blocks * 64} floats; groups: u32 per block; partials: ${words / 4} vec4 of partial sums
One invocation sums one part.`,
    bindings: [
      reads('gradients', 'array<vec4<f32>>'),
      reads('groups', 'array<u32>'),
      readsWrites('partials', 'array<vec4<f32>>'),
    ],
    invocations: words / 4,
    workgroupSize,
    constants: { ...arenaConstants, PART: size, BLOCKS: blocks },
    body: `
var sum = vec4<f32>(0.0);
${sumLoops(
  [partOf('block', 'i', size, blocks, ['PART', 'BLOCKS'])],
  ['sum'],
  (suffix) => `if (groups[block] != FROZEN) {
  var own = vec4<f32>();
  for (var at = 0u; at < BLOCK4; at++) {
    let g = gradients[block * BLOCK4 + at];
    own += g * g;
  }
  sum${suffix} += own;
}`,
)}
partials[i] = sum;`,
    flop: 2 * 64 * blocks,
    bytes: 4 * (64 * blocks + blocks + words),
  });
}

/** Stage 2: norm[0] = √(sum of the partials). Bindings: partials, norm (4 words, of which the first is used). */
export function gradientNorm({ blocks }: ArenaSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  checkBlocks('gradientNorm', blocks);
  const parts = gradientNormPartialsSize({ blocks }) / 4;
  return linearKernel({
    name: 'gradientNorm',
    about: `
norm = √Σ partials: the Euclidean norm of all gradients that are not frozen.
partials: ${parts} vec4; norm: (norm, 0, 0, 0)
One invocation does it all.`,
    bindings: [reads('partials', 'array<vec4<f32>>'), readsWrites('norm', 'array<vec4<f32>>')],
    invocations: 1,
    workgroupSize,
    constants: { PARTS: parts },
    body: `
var sum = vec4<f32>(0.0);
${sumLoops([{ ...loopTo('part', parts), to: 'PARTS' }], ['sum'], (suffix) => `sum${suffix} += partials[part];`)}
norm[0] = vec4<f32>(sqrt(dot(sum, vec4<f32>(1.0))), 0.0, 0.0, 0.0);`,
    flop: 4 * parts + 4,
    bytes: 16 * parts + 16,
  });
}

/** The arena of gradients, and how long they may be together. */
export interface ClipSpec extends ArenaSpec {
  /** Largest norm that is left as it is. */
  readonly maxNorm: number;
}

/**
 * Scales all gradients that are not frozen by min(1, maxNorm/(norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_`.
 * Bindings: gradients, groups (u32 per block), norm (from `gradientNorm`).
 */
export function clipGradients({ blocks, maxNorm }: ClipSpec, machine: Machine = machines.gpu): Kernel {
  if (!(maxNorm > 0)) throw new RangeError(`clipGradients: maxNorm must be above 0, not ${maxNorm}`);
  // WGSL has no literal for infinity, nor beyond float32; infinity / norm is NaN where the norm is not finite.
  const finite = Number.isFinite(Math.fround(maxNorm));
  const factor = finite ? `${f32(maxNorm)} / (norm[0].x + 1e-6)` : 'norm[0].x - norm[0].x + 1.0';
  return arenaKernel({
    name: 'clipGradients',
    about: `
gradient *= min(1, ${maxNorm}/(norm + 1e-6)).
gradients: arena of ${blocks * 64} floats; norm: (norm, 0, 0, 0)`,
    bindings: [
      readsWrites('gradients', 'array<vec4<f32>>'),
      reads('groups', 'array<u32>'),
      reads('norm', 'array<vec4<f32>>'),
    ],
    blocks,
    machine,
    // As in PyTorch, a norm that is not finite makes the gradients NaN (0 where the norm only overflowed): they are
    // never passed on unclipped.
    setup: `let factor = ${factor};
let scale = select(factor, 1.0, factor > 1.0);`,
    // Zeros stay zeros also where the norm is NaN: padding and zero tails lie in the arena as well.
    each: `let g = gradients[at];
gradients[at] = select(g * scale, g, g == vec4<f32>());`,
    flop: 64 * blocks,
    bytes: 4 * (2 * 64 * blocks + blocks),
  });
}

/** The Euclidean norm of all gradients that are not frozen, in float64. */
export function gradientNormOracle(gradients: ArrayLike<number>, groups: ArrayLike<number>): number {
  let sum = 0;
  forEachTrainable(groups, (i) => {
    sum += gradients[i] ** 2;
  });
  return Math.sqrt(sum);
}

/** The float64 twin of `gradientNorm` and `clipGradients`: changes `gradients` in place, returns the norm before. */
export function clipGradientsOracle(
  gradients: Float64Array,
  groups: ArrayLike<number>,
  maxNorm: number,
): number {
  const norm = gradientNormOracle(gradients, groups);
  const scale = Math.min(1, maxNorm / (norm + 1e-6));
  forEachTrainable(groups, (i) => {
    gradients[i] *= scale;
  });
  return norm;
}
