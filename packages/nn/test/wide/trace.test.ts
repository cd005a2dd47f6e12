/** What V8's pass for 256 bits (`--experimental-wasm-revectorize`) makes of the kernels of the three nets. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Traced {
  readonly name: string;
  readonly wgsl: string;
  /** Pairs of stores that trees grow from, and trees that did not become 256 bits wide, by the last reason. */
  readonly seeds: number;
  readonly refused: readonly string[];
  /** Whether V8 replaced something. */
  readonly packed: boolean;
}

/** One entry for each kernel that V8 compiled: it compiles equal modules once. */
function parse(trace: string): Traced[] {
  return trace
    .split('\n@kernel ')
    .slice(1)
    .flatMap((part) => {
      const [head, ...lines] = part.split('\n');
      const [name, wgsl] = JSON.parse(head) as [string, string];
      if (!lines.some((line) => line.startsWith('Begin revec'))) return [];
      const refused = lines.flatMap((line, i) => (line.includes('SLP tree failed') ? [lines[i - 1]] : []));
      const seeds = lines.filter((line) => line === '{').length;
      return [
        { name, wgsl, seeds, refused, packed: lines.some((line) => line.includes('Decided to vectorize')) },
      ];
    });
}

function trace(): Traced[] {
  const flags =
    '--experimental-wasm-revectorize --trace-wasm-revectorize --no-liftoff --no-wasm-lazy-compilation';
  const child = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      ...flags.split(' '),
      join(import.meta.dirname, 'trace-child.ts'),
    ],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { ...process.env, GLASSBOX_TILES: 'none', GLASSBOX_WIDE: 'on', NODE_OPTIONS: '' },
    },
  );
  // An engine without the flag, or where it means something else, says so and is no engine to ask.
  return child.status === 0 ? parse(child.stdout) : [];
}

const kernels = trace();
/** Sums in the lanes of one vector have no neighbour; and these only move memory. */
const cannot = ({ name, wgsl }: Traced) =>
  /lanes (of \S+ )?are partial sums/.test(wgsl) || /reshape|relayout|transposeFilter|Pack$/.test(name);
const hot = new RegExp(
  `^(${[
    'matmul',
    'conv2d(Input|Weight)Gradient(Packed)?',
    'conv\\w*2dForward',
    'convTranspose2dInputGradient',
    'winograd(Forward|InputGradient|WeightGradient)',
    'batchNorm(Statistics|Forward|ReluMaxPoolForward|GradientSums|InputGradient)',
    'maxPool2dGradient',
    'reluGradient',
    'sgd',
    'adamW',
  ].join('|')})$`,
);

const there = kernels.some(({ packed }) => packed);
const title = 'V8 packs the kernels of the three nets into 256 bits';
describe.skipIf(!there)(
  `${title}${there ? '' : ' (skipped: this engine has no such pass, or the processor no AVX2)'}`,
  () => {
    const asked = kernels.filter((kernel) => hot.test(kernel.name) && !cannot(kernel));

    it('has all of them in the trace', () => {
      expect(new Set(asked.map(({ name }) => name)).size).toBeGreaterThan(15);
    });

    it('packs something of each', () => {
      expect(asked.filter(({ packed }) => !packed).map(({ name, seeds }) => ({ name, seeds }))).toEqual([]);
    });

    it('refuses few of their trees', () => {
      const seeds = asked.reduce((sum, kernel) => sum + kernel.seeds, 0);
      const refused = asked.flatMap((kernel) => kernel.refused.map((reason) => `${kernel.name}: ${reason}`));
      expect(seeds).toBeGreaterThan(500);
      expect(refused.length / seeds, refused.join('\n')).toBeLessThan(0.02);
    });
  },
);
