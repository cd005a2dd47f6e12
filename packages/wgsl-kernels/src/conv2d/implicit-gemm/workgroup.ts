import { partSums } from '../../cascade.ts';
import { blockKernel, indent, type Kernel, repeat } from '../../kernel.ts';
import { guaranteed } from '../../limits.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { emitAxis, staysInside } from './axis.ts';
import { type ImplicitGemm, innerLoopOf } from './gemm.ts';
import { accumulators, describe, operandsOf } from './parts.ts';
import { placePixel } from './pixels.ts';
import {
  type AxisTexts,
  accumulatorsOf,
  type ConvTile,
  gemmConstants,
  type Plan,
  partsOf,
  planTiles,
  rowOfTaps,
} from './plan.ts';
import { store } from './store.ts';

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
 * The implicit GEMM for hardware whose workgroup memory is faster than its caches. To `pixels.ts` it adds that the
 * invocations of a workgroup load the source pixels and weights of one tap and a few source channels together, wait for
 * each other, and add their products. Taps and channels come in the same order as there, so that the sums have the same
 * bits. Taps in the padding add zeros.
 * @throws RangeError if the image is planar, or the tile does not fit WebGPU's default limits.
 */
export function workgroupKernel(gemm: ImplicitGemm, tile: ConvTile): Kernel {
  const plan = planShared(gemm, tile);
  const { workgroupSize, down, across, depth, blockPixels, blockChannels4 } = plan;
  const shared = {
    DOWN: [down, 'invocations of a workgroup along pixels'],
    ACROSS: [across, 'invocations of a workgroup along channels'],
    BLOCK_PIXELS: [blockPixels, 'pixels of a workgroup'],
    BLOCK_C4: [blockChannels4, 'vec4s of target channels of a workgroup'],
    DEPTH: [depth, 'vec4s of source channels in workgroup memory'],
    PIXEL_BLOCKS: plan.pixelBlocks,
    CHANNEL_BLOCKS: plan.channelBlocks,
  } as const;
  return blockKernel({
    name: `${gemm.name}Workgroup`,
    about: `${describe(gemm, plan)}
One workgroup: ${down} x ${across} of them, ${blockPixels} pixels times ${4 * blockChannels4} channels.
It holds ${4 * depth} source channels of one tap at a time:
pixels[channel vec4][pixel] and weights[channel][vec4 of target channels].`,
    ...operandsOf(gemm),
    declarations: `
var<workgroup> pixels: array<vec4<f32>, ${depth * blockPixels}>;
var<workgroup> weights: array<vec4<f32>, ${4 * depth * blockChannels4}>;`,
    blocks: plan.pixelBlocks * plan.channelBlocks * plan.classes,
    workgroupSize,
    constants: { ...gemmConstants(gemm, plan), ...shared },
    body: body(gemm, plan),
  });
}

/** Words of workgroup memory that WebGPU guarantees. */
const workgroupWords = 4096;

function planShared(gemm: ImplicitGemm, tile: ConvTile): SharedPlan {
  const { pixels, across = 1, workgroupSize = 64 } = tile;
  const name = `${gemm.name}Workgroup`;
  if (innerLoopOf(gemm) !== 'splat') {
    throw new RangeError(`${name}: source and target need at least 4 channels; use ${gemm.name}`);
  }
  const most = guaranteed.invocationsPerWorkgroup;
  if (workgroupSize > most || workgroupSize % across !== 0 || across % pixels !== 0) {
    throw new RangeError(
      `${name}: workgroupSize ${workgroupSize}, across ${across}, pixels ${pixels}: expected at most ${most} ` +
        'invocations, across a divisor of them and a multiple of pixels',
    );
  }
  const plan = planTiles(gemm, tile);
  const { channels4 } = plan;
  const down = workgroupSize / across;
  const blockPixels = down * pixels;
  const blockChannels4 = across * channels4;
  const groups = gemm.source.layout.extents[1] / 4;
  const fits = (depth: number) => 4 * depth * (blockPixels + 4 * blockChannels4) <= workgroupWords;
  const depth = [4, 3, 2, 1].find((one) => groups % one === 0 && fits(one));
  if (!depth) {
    throw new RangeError(
      `${name}: ${blockPixels} pixels and ${4 * blockChannels4} channels exceed 16 KiB of workgroup memory; ` +
        'use a smaller tile',
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

function body(gemm: ImplicitGemm, plan: SharedPlan): string {
  const axes = { y: emitAxis(gemm.rows, 'Y'), x: emitAxis(gemm.columns, 'X') };
  return `${placeBlock(plan, axes)}
${accumulators(gemm, plan)}
${tapLoops(gemm, plan, axes)}
if (mine) {
${indent(store(gemm, plan, axes))}
}`;
}

/** This invocation's tile, and the pixel whose source values it loads for all of them. */
function placeBlock({ channelTiles, classes, pixels }: SharedPlan, { y, x }: AxisTexts): string {
  const lines = [
    'let channelBlock = block % CHANNEL_BLOCKS;',
    `let pixelBlock = block / CHANNEL_BLOCKS${classes > 1 ? ' % PIXEL_BLOCKS' : ''};`,
    'let downwards = local / ACROSS;',
    'let sideways = local % ACROSS;',
    'let tile = pixelBlock * DOWN + downwards;',
    'let channelTile = channelBlock * ACROSS + sideways;',
    'let mine = (tile < TILES) & (channelTile < CHANNEL_TILES);',
  ];
  if (channelTiles > 1) lines.push('let b = min(channelTile * VECTORS, TARGET_C4 - 1u);');
  if (classes > 1) {
    lines.push('let residueY = block / (CHANNEL_BLOCKS * PIXEL_BLOCKS) / STRIDE_X;');
    lines.push('let residueX = block / (CHANNEL_BLOCKS * PIXEL_BLOCKS) % STRIDE_X;');
  }
  const pixel = (m: number | string, number: string) => `let pixel${m} = min(${number}, LAST_PIXEL);
${placePixel(m, `pixel${m}`)}`;
  return [
    ...lines,
    repeat(pixels, (m) => pixel(m, plus('tile * PIXELS', m))),
    pixel('Loaded', 'pixelBlock * BLOCK_PIXELS + local % BLOCK_PIXELS'),
    ...y.setup,
    ...x.setup,
    `let startYLoaded = ${y.start('yLoaded')};`,
    `let startXLoaded = ${x.start('xLoaded')};`,
  ].join('\n');
}

function tapLoops(gemm: ImplicitGemm, plan: SharedPlan, { y, x }: AxisTexts): string {
  const { rows, columns } = gemm;
  const whole = gemm.source.layout.extents[1] / 4 === plan.depth;
  const [row, column] = [y.place('Loaded'), x.place('Loaded')];
  const inside = [
    ...(staysInside(rows, plan.rows) ? [] : [`(${row} < SOURCE_H)`]),
    ...(staysInside(columns, plan.columns) ? [] : [`(${column} < SOURCE_W)`]),
  ].join(' & ');
  const index = `((nLoaded * SOURCE_H + ${row}) * SOURCE_W + ${column}) * SOURCE_C4`;
  const at = inside ? `select(ZEROS, ${index}, ${inside})` : index;
  const { ofTap } = partsOf(gemm);
  const own = partSums(accumulatorsOf(gemm, plan), 'own');
  const step = `${loads(gemm, plan)}
workgroupBarrier();
${ofTap ? own.within(products(plan)) : products(plan)}
workgroupBarrier();`;
  const flush = ofTap
    ? `
  if ((a + DEPTH) % BLOCK == 0u || a + DEPTH == SOURCE_C4) {
${indent(`${own.added}\n${own.cleared}`, 4)}
  }`
    : '';
  const channels = whole
    ? `let a = 0u;\n${step}`
    : `for (var a = 0u; a < SOURCE_C4; a += DEPTH) {\n${indent(step)}${flush}\n}`;
  const text = `for (${x.loop}) {
  let at = ${at};
  let w = (${y.tap} * S + ${x.tap}) * TAP;
${indent([...(ofTap ? [own.declared] : []), channels, ...(ofTap && whole ? [own.added] : [])].join('\n'))}
}`;
  return `for (${y.loop}) {
${indent(rowOfTaps(gemm, plan, text))}
}`;
}

/** Every invocation loads its share of the block. */
function loads(gemm: ImplicitGemm, plan: SharedPlan): string {
  const { depth, blockPixels, blockChannels4, workgroupSize } = plan;
  const shared = (count: number, one: (v: string) => string) =>
    repeat(Math.ceil(count / workgroupSize), (part) => {
      const v = part === 0 ? 'local' : `(local + ${part * workgroupSize}u)`;
      const text = one(v);
      return (part + 1) * workgroupSize > count ? `if (${v} < ${count}u) { ${text} }` : text;
    });
  const channel = (v: string) => `(a * 4u + ${v} / BLOCK_C4) * TARGET_C4`;
  const vector = (v: string) => `min(channelBlock * BLOCK_C4 + ${v} % BLOCK_C4, TARGET_C4 - 1u)`;
  return `${shared(
    depth * blockPixels,
    (v) => `pixels[${v}] = ${gemm.source.name}[at + a + ${v} / BLOCK_PIXELS];`,
  )}
${shared(
  4 * depth * blockChannels4,
  (v) => `weights[${v}] = ${gemm.weight.name}[w + ${channel(v)} + ${vector(v)}];`,
)}`;
}

/** acc[pixel][4 target channels] += source[pixel][a] * weight[a][4 target channels], from workgroup memory. */
function products({ pixels, channels4 }: SharedPlan): string {
  const load = repeat(
    pixels,
    (m) => `let v${m} = pixels[d * BLOCK_PIXELS + ${plus('downwards * PIXELS', m)}];`,
  );
  const lane = (l: number) => {
    const weights = repeat(
      channels4,
      (j) =>
        `let w${l}_${j} = weights[(${plus('d * 4u', l)}) * BLOCK_C4 + ${plus('sideways * VECTORS', j)}];`,
      ' ',
    );
    const sums = repeat(pixels, (m) =>
      repeat(channels4, (j) => `acc${m}_${j} += v${m}.${'xyzw'[l]} * w${l}_${j};`, ' '),
    );
    return `${weights}\n${sums}`;
  };
  return `for (var d = 0u; d < DEPTH; d++) {\n${indent(`${load}\n${repeat(4, lane)}`)}\n}`;
}
