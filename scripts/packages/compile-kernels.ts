/**
 * Compiles kernels of this project as a page does: those of packages/wgsl-kernels/wgsl, that of `fit`, and convolutions
 * of small and odd shapes, whose texts have constants that others do not have. `common-compiler.ts` runs it to see
 * which code of the compiler they need.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addToTotals } from '../../packages/nn/src/fit/add-to-totals.ts';
import * as k from '../../packages/wgsl-kernels/src/index.ts';
import { compileKernel } from '../../packages/wgsl-wasm/src/compile.ts';
import { RarePartsMissing } from '../../packages/wgsl-wasm/src/rare.ts';
import { root } from '../plain-javascript.ts';

/** Every 331st of all combinations. */
const each331 = <T extends object>(choices: { [K in keyof T]: readonly T[K][] }): T[] => {
  const all = Object.entries<readonly unknown[]>(choices).reduce<object[]>(
    (made, [name, values]) =>
      made.flatMap((each) => values.map((value) => Object.assign({}, each, { [name]: value }))),
    [{}],
  );
  return all.filter((_, at) => at % 331 === 0) as T[];
};

const convolutions: readonly k.Conv2dSpec[] = each331<k.Conv2dSpec>({
  batch: [2],
  height: [1, 2, 3, 6],
  width: [1, 2, 5, 6],
  inChannels: [1, 3, 4, 5, 8],
  outChannels: [1, 4, 8],
  kernel: [
    [1, 1],
    [1, 3],
    [2, 2],
    [3, 3],
  ],
  stride: [
    [1, 1],
    [2, 2],
    [3, 2],
    [1, 2],
  ],
  padding: [
    [1, 1],
    [1, 2],
    [2, 2],
  ],
});

/** Conversions of constants, which few shapes need. */
const constants = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
const whole = i32(3u) + i32(2) + i32(1.5) + i32(u32(2.5f)) + i32(u32(-1i)) + i32(bool(1)) + i32(2.5f) + i32(true);
const real = f32(whole) + f32(3u) + f32(2) + f32(true) + f32(1.5);
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] = real; }`;

/** Texts with where they come from. */
function* texts(): Generator<readonly [text: string, from: string]> {
  const folder = join(root, 'packages', 'wgsl-kernels', 'wgsl');
  for (const file of globSync('*/*.wgsl', { cwd: folder })) {
    yield [readFileSync(join(folder, file), 'utf8'), file];
  }
  yield [constants, 'constants'];
  const { cpu } = k.machines;
  for (const classes of [0, 2]) yield [addToTotals({ batch: 32, classes }, cpu).wgsl, 'fit'];
  const parts = { bias: true, relu: true };
  for (const spec of convolutions) {
    const made = [
      k.conv2dForwardPlain(spec, { ...parts, batchNorm: { relu: true } }),
      k.conv2dForward(spec, parts, cpu),
      k.conv2dInputGradient(spec, {}, cpu),
      k.conv2dInputGradientPlain(spec),
      k.conv2dWeightGradient(spec, cpu),
      k.conv2dWeightGradientPlain(spec),
    ];
    for (const each of made) {
      for (const { wgsl } of 'kernels' in each ? each.kernels : [each]) yield [wgsl, JSON.stringify(spec)];
    }
  }
}

for (const [text, from] of new Map(texts())) {
  const isFile = from.endsWith('.wgsl');
  // In an isolated page of a current browser, and in a page without threads of an old one.
  for (const current of isFile ? [true, false] : [true]) {
    try {
      compileKernel(text, { sharedMemory: current, relaxedSimd: current });
    } catch (error) {
      // Workgroup memory is for GPUs.
      if (!(error instanceof RarePartsMissing && /Workgroup/.test(from))) throw error;
    }
  }
}
