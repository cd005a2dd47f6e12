/** What the kernels of all tile forms have in common. */
import { type KernelBinding, type KernelText, reads, readsWrites, repeat } from '../../kernel.ts';
import { isPlanar, type Layout } from '../../layout.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { aboutEpilogue, epilogueBindings } from '../epilogue.ts';
import { type ImplicitGemm, innerLoopOf } from './gemm.ts';
import { columnsOf, overhangs, type Plan, readsScalarWeights } from './plan.ts';

const vectors = 'array<vec4<f32>>';

/** Bindings and cost. */
export function operandsOf(gemm: ImplicitGemm): Pick<KernelText, 'flop' | 'bytes'> & {
  readonly bindings: readonly KernelBinding[];
} {
  const { source, target, weight, bias, batchNorm, flop } = gemm;
  const images = ({ layout }: ImplicitGemm['source']) => (isPlanar(layout.shape[1]) ? 'array<f32>' : vectors);
  return {
    bindings: [
      reads(source.name, images(source)),
      reads(weight.name, readsScalarWeights(gemm) ? 'array<f32>' : vectors),
      ...(bias ? [reads('bias', vectors)] : []),
      ...(batchNorm ? epilogueBindings.map((name) => reads(name, vectors)) : []),
      readsWrites(target.name, images(target)),
    ],
    flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  };
}

/** The header. @param zeros false if no tap reads the zeros after the source. */
export function describe(gemm: ImplicitGemm, plan: Plan, zeros = true): string {
  const { source, target, bias, weight } = gemm;
  const image = ({ shape, order }: Layout) => `[${shape}] in order ${order.map((d) => 'NCHW'[d]).join('')}`;
  const filter =
    weight.name === 'packed'
      ? `the filter [${weight.layout.shape}] as conv2dFilterPack leaves it`
      : `[${weight.layout.shape}] in order ${weight.layout.order.map((d) => 'KCRS'[d]).join('')}`;
  const registers =
    innerLoopOf(gemm) === 'dot'
      ? `${plan.pixels} pixels, all channels; the lanes of acc<pixel>_<channel> are partial sums`
      : `${plan.pixels} pixels times ${plan.channels4} vec4 of channels, in acc<pixel>_<vec4>`;
  return `${gemm.about.trim()}
${source.name}: ${image(source.layout)}${zeros ? ', then the zeros that taps in the padding read' : ''}
${weight.name}: ${filter}${bias ? '; bias: one per channel' : ''}
${target.name}: ${image(target.layout)}${aboutEpilogue(gemm)}
One invocation: ${registers}.`;
}

/** WGSL: the numbers of this invocation's tile, of its first vec4 of channels and of its residue class. */
export function numberTile({ run, runs, channelTiles, classes, tiles }: Plan): string[] {
  const lines = runs === 1 && channelTiles * classes === 1 ? ['let tile = i;'] : [];
  if (lines.length === 0) {
    lines.push('let tile = i / (RUN * CHANNEL_TILES * CLASSES) * RUN + i % RUN;');
    if (runs * run !== tiles) lines.push('if (tile >= TILES) { return; }');
  }
  if (channelTiles > 1) lines.push('let b = i / RUN % CHANNEL_TILES * VECTORS;');
  if (classes > 1) {
    lines.push('let residueY = i / (RUN * CHANNEL_TILES) / STRIDE_X % STRIDE_Y;');
    lines.push('let residueX = i / (RUN * CHANNEL_TILES) % STRIDE_X;');
  }
  return lines;
}

/** Declares b0, b1, …: the vec4s of target channels of this invocation; then the accumulators. */
export function accumulators(gemm: ImplicitGemm, plan: Plan): string {
  const dot = innerLoopOf(gemm) === 'dot';
  const channel = (j: number) => {
    const index = plan.channelTiles > 1 ? plus('b', j) : `${j}u`;
    return `let b${j} = ${overhangs(gemm, plan) && j > 0 ? `min(${index}, TARGET_C4 - 1u)` : index};`;
  };
  const initial = (j: number) => (gemm.bias && !dot ? `bias[b${j}]` : 'vec4<f32>()');
  const sums = repeat(plan.pixels, (m) =>
    repeat(columnsOf(gemm, plan), (j) => `var acc${m}_${j} = ${initial(j)};`, ' '),
  );
  return dot ? sums : `${repeat(plan.channels4, channel)}\n${sums}`;
}
