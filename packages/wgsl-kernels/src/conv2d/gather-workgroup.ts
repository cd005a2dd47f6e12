import { partSums } from '../cascade.ts';
import { blockKernel, indent, type Kernel, reads, repeat, writes } from '../kernel.ts';
import { guaranteed } from '../machine.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import { classCount, emitAxis, staysInside } from './axis.ts';
import { epilogueBindings } from './epilogue.ts';
import { accumulators, describe } from './gather.ts';
import {
  type AxisTexts,
  accumulatorsOf,
  channelBlock,
  formOf,
  type Gather,
  type Plan,
  partsOf,
  planTiles,
  rowOfTaps,
} from './gather-plan.ts';
import { store } from './gather-store.ts';
import type { ConvTile } from './spec.ts';

/** A plan whose invocations work together in workgroups of `down` times `across`. */
interface SharedPlan extends Plan {
  readonly workgroupSize: number;
  /** Invocations along pixels and along channels. */
  readonly down: number;
  readonly across: number;
  /** Pixels of a workgroup, and vec4s of target channels. */
  readonly blockPixels: number;
  readonly blockChannels4: number;
  /** vec4s of source channels that lie in workgroup memory at a time. */
  readonly depth: number;
  readonly pixelBlocks: number;
  readonly channelBlocks: number;
}

/**
 * The `splat` form of `gather.ts` for hardware whose workgroup memory is faster than its caches: the invocations of a
 * workgroup load the source pixels and weights of one tap and a few source channels together, wait for each other,
 * and add their products. Taps and channels come in the same order as there, so that the sums have the same bits.
 * Taps in the padding add zeros.
 * @throws RangeError if the image is planar, or the tile does not fit WebGPU's default limits.
 */
export function gatherWorkgroupKernel(gather: Gather, tile: ConvTile): Kernel {
  const plan = planShared(gather, tile);
  const { source, target, weight, bias } = gather;
  const { workgroupSize, down, across, depth, blockPixels, blockChannels4 } = plan;
  const name = `${gather.name}Workgroup`;
  return blockKernel({
    name,
    about: `${gather.about.trim()}
${describe(gather, plan)}
One workgroup: ${down} x ${across} of them, ${blockPixels} pixels times ${4 * blockChannels4} channels; it holds ${4 * depth} source channels of one tap at a time:
pixels[channel vec4][pixel] and weights[channel][vec4 of target channels].`,
    bindings: [
      reads(source.name, 'array<vec4<f32>>'),
      reads('weight', 'array<vec4<f32>>'),
      ...(bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      ...(gather.batchNorm ? epilogueBindings.map((one) => reads(one, 'array<vec4<f32>>')) : []),
      writes(target.name, 'array<vec4<f32>>'),
    ],
    declarations: `
var<workgroup> pixels: array<vec4<f32>, ${depth * blockPixels}>;
var<workgroup> weights: array<vec4<f32>, ${4 * depth * blockChannels4}>;`,
    blocks: plan.pixelBlocks * plan.channelBlocks * plan.classes,
    workgroupSize,
    body: body(gather, plan),
    flop: gather.flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  });
}

/** Words of workgroup memory that WebGPU guarantees. */
const workgroupWords = 4096;

function planShared(gather: Gather, tile: ConvTile): SharedPlan {
  const { pixels, across = 1, workgroupSize = 64 } = tile;
  const name = `${gather.name}Workgroup`;
  if (formOf(gather) !== 'splat') {
    throw new RangeError(`${name}: source and target need at least 4 channels; use ${gather.name}`);
  }
  if (
    workgroupSize > guaranteed.invocationsPerWorkgroup ||
    workgroupSize % across !== 0 ||
    across % pixels !== 0
  ) {
    throw new RangeError(
      `${name}: workgroupSize ${workgroupSize}, across ${across}, pixels ${pixels}: expected at most 256 invocations, across a divisor of them and a multiple of pixels`,
    );
  }
  const plan = planTiles(gather, tile);
  const { channels4 } = plan;
  const down = workgroupSize / across;
  const blockPixels = down * pixels;
  const blockChannels4 = across * channels4;
  const groups = gather.source.layout.extents[1] / 4;
  const fits = (depth: number) => 4 * depth * (blockPixels + 4 * blockChannels4) <= workgroupWords;
  const depth = [4, 3, 2, 1].find((one) => groups % one === 0 && fits(one));
  if (!depth) {
    throw new RangeError(
      `${name}: ${blockPixels} pixels and ${4 * blockChannels4} channels exceed 16 KiB of workgroup memory; use a smaller tile`,
    );
  }
  return {
    ...plan,
    workgroupSize,
    down,
    across,
    blockPixels,
    blockChannels4,
    depth,
    pixelBlocks: Math.ceil(plan.tiles / down),
    channelBlocks: Math.ceil(plan.channelTiles / across),
  };
}

function body(gather: Gather, plan: SharedPlan): string {
  const axes = { y: emitAxis(gather.rows, 'Y'), x: emitAxis(gather.columns, 'X') };
  return `${placeBlock(gather, plan, axes)}
${accumulators(gather, plan)}
${tapLoops(gather, plan, axes)}
if (mine) {
${indent(store(gather, plan, axes))}
}`;
}

/** This invocation's tile, and the pixel whose source values it loads for all of them. */
function placeBlock(gather: Gather, plan: SharedPlan, { y, x }: AxisTexts): string {
  const { across, down, channelBlocks, pixelBlocks, channelTiles, classes, tiles, total } = plan;
  const { pixels, channels4, rows, columns, blockPixels } = plan;
  const groups = gather.target.layout.extents[1] / 4;
  const lines = [
    `let channelBlock = ${channelBlocks > 1 ? `block % ${channelBlocks}u` : '0u'};`,
    `let pixelBlock = ${channelBlocks > 1 ? `block / ${channelBlocks}u` : 'block'}${classes > 1 ? ` % ${pixelBlocks}u` : ''};`,
    `let downwards = local / ${across}u;`,
    `let sideways = local % ${across}u;`,
    `let tile = ${times('pixelBlock', down)} + downwards;`,
    `let channelTile = ${times('channelBlock', across)} + sideways;`,
    `let mine = (tile < ${tiles}u) & (channelTile < ${channelTiles}u);`,
  ];
  if (channelTiles > 1) lines.push(`let b = min(${times('channelTile', channels4)}, ${groups - 1}u);`);
  if (classes > 1) {
    const residue = `block / ${channelBlocks * pixelBlocks}u`;
    lines.push(`let residueY = ${residue} / ${classCount(gather.columns)}u;`);
    lines.push(`let residueX = ${residue} % ${classCount(gather.columns)}u;`);
  }
  const pixel = (m: number | string, number: string) => `let pixel${m} = min(${number}, ${total - 1}u);
let n${m} = pixel${m} / ${rows * columns}u;
let y${m} = pixel${m} / ${columns}u % ${rows}u;
let x${m} = pixel${m} % ${columns}u;`;
  const loaded = `${times('pixelBlock', blockPixels)} + local % ${blockPixels}u`;
  return [
    ...lines,
    repeat(pixels, (m) => pixel(m, plus(times('tile', pixels), m))),
    pixel('Loaded', loaded),
    ...y.setup,
    ...x.setup,
    `let startYLoaded = ${y.start('yLoaded')};`,
    `let startXLoaded = ${x.start('xLoaded')};`,
  ].join('\n');
}

function tapLoops(gather: Gather, plan: SharedPlan, { y, x }: AxisTexts): string {
  const { source, rows, columns, weight } = gather;
  const groups = source.layout.extents[1] / 4;
  const inside = [
    ...(staysInside(rows, plan.rows) ? [] : [`(${y.place('Loaded')} < ${rows.source}u)`]),
    ...(staysInside(columns, plan.columns) ? [] : [`(${x.place('Loaded')} < ${columns.source}u)`]),
  ].join(' & ');
  const index = `((nLoaded * ${rows.source}u + ${y.place('Loaded')}) * ${columns.source}u + ${x.place('Loaded')}) * ${groups}u`;
  const at = inside ? `select(${source.layout.size / 4}u, ${index}, ${inside})` : index;
  const tap = `${times(y.tap === 'r' ? 'r' : `(${y.tap})`, weight.layout.shape[3])} + ${x.tap}`;
  const size = (weight.layout.extents[0] * weight.layout.extents[1]) / 4;
  const { ofTap } = partsOf(gather);
  const own = partSums(accumulatorsOf(gather, plan), 'own');
  const step = `${loads(gather, plan)}
workgroupBarrier();
${ofTap ? own.within(products(plan)) : products(plan)}
workgroupBarrier();`;
  const flush = ofTap
    ? `\n  if ((a + ${plan.depth}u) % ${channelBlock}u == 0u || a + ${plan.depth}u == ${groups}u) {\n${indent(`${own.added}\n${own.cleared}`, 4)}\n  }`
    : '';
  const channels =
    groups === plan.depth
      ? `let a = 0u;\n${step}`
      : `for (var a = 0u; a < ${groups}u; a += ${plan.depth}u) {\n${indent(step)}${flush}\n}`;
  const row = `for (${x.loop}) {
  let at = ${at};
  let w = (${tap}) * ${size}u;
${indent([...(ofTap ? [own.declared] : []), channels, ...(ofTap && groups === plan.depth ? [own.added] : [])].join('\n'))}
}`;
  return `for (${y.loop}) {
${indent(rowOfTaps(gather, plan, row))}
}`;
}

/** Every invocation loads its share of the block. */
function loads(gather: Gather, plan: SharedPlan): string {
  const { depth, blockPixels, blockChannels4, workgroupSize } = plan;
  const row = gather.target.layout.extents[1] / 4;
  const shared = (count: number, one: (v: string) => string) =>
    repeat(Math.ceil(count / workgroupSize), (part) => {
      const v = plus('local', part * workgroupSize);
      const text = one(v);
      return (part + 1) * workgroupSize > count ? `if (${v} < ${count}u) { ${text} }` : text;
    });
  const grouped = (v: string) => (v === 'local' ? v : `(${v})`);
  const channel = (v: string) =>
    `${times('channelBlock', blockChannels4)} + ${grouped(v)} % ${blockChannels4}u`;
  return `${shared(
    depth * blockPixels,
    (v) => `pixels[${v}] = ${gather.source.name}[at + a + ${grouped(v)} / ${blockPixels}u];`,
  )}
${shared(
  4 * depth * blockChannels4,
  (v) =>
    `weights[${v}] = weight[w + (a * 4u + ${grouped(v)} / ${blockChannels4}u) * ${row}u + min(${channel(v)}, ${row - 1}u)];`,
)}`;
}

/** acc[pixel][4 target channels] += source[pixel][a] * weight[a][4 target channels], from workgroup memory. */
function products({ depth, pixels, channels4, blockPixels, blockChannels4 }: SharedPlan): string {
  const load = repeat(
    pixels,
    (m) => `let v${m} = pixels[d * ${blockPixels}u + ${plus(times('downwards', pixels), m)}];`,
  );
  const lane = (l: number) => {
    const weights = repeat(
      channels4,
      (j) =>
        `let w${l}_${j} = weights[(${plus('d * 4u', l)}) * ${blockChannels4}u + ${plus(times('sideways', channels4), j)}];`,
      ' ',
    );
    const sums = repeat(pixels, (m) =>
      repeat(channels4, (j) => `acc${m}_${j} += v${m}.${'xyzw'[l]} * w${l}_${j};`, ' '),
    );
    return `${weights}\n${sums}`;
  };
  return `for (var d = 0u; d < ${depth}u; d++) {\n${indent(`${load}\n${repeat(4, lane)}`)}\n}`;
}
