import { afterEach, describe, expect, it } from 'vitest';
import { fastestForm, summary, takeTurns } from '../src/peers/compare.ts';
import { lossDifference } from '../src/peers/losses.ts';
import { benchmarkOps, passes, product } from '../src/peers/ops.ts';
import { ourProgram, peers } from '../src/peers/peers.ts';
import { PeerError, PeerProcess, type PeerProgram } from '../src/peers/process.ts';
import type { Memory, Prepared, Timings } from '../src/peers/protocol.ts';

const open: PeerProcess[] = [];
afterEach(async () => {
  for (const contender of open.splice(0)) await contender.close();
});

/** A program that answers each request by a piece of JavaScript over `request`; `answer(…)` replies. */
function program(script: string): PeerProgram {
  const text = `
    const answer = (value) => console.log('@' + JSON.stringify(value));
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const request = JSON.parse(line);
      ${script}
    });`;
  return { command: process.execPath, args: ['-e', text] };
}

function contender(script: string, isOurs = false): PeerProcess {
  const made = new PeerProcess(program(script), isOurs);
  open.push(made);
  return made;
}

describe('a contender', () => {
  it('answers one request after the other, and may chatter in between', async () => {
    const one = contender(`console.log('chatter'); answer({ ms: [request.seconds] });`);
    expect(await one.ask<Timings>({ do: 'train', seconds: 1 }, 20)).toEqual({ ms: [1] });
    expect(await one.ask<Timings>({ do: 'infer', seconds: 2 }, 20)).toEqual({ ms: [2] });
  });

  it('fails in its own words', async () => {
    const one = contender(`answer({ error: 'no such kernel' });`);
    await expect(one.ask({ do: 'memory' }, 20)).rejects.toThrow(new PeerError('no such kernel'));
    const ours = contender(`answer({ error: 'a bug' });`, true);
    await expect(ours.ask({ do: 'memory' }, 20)).rejects.not.toBeInstanceOf(PeerError);
  });

  it('may end in mid-request: what it said last is the reason', async () => {
    const one = contender(`throw new Error('out of paper');`);
    await expect(one.ask({ do: 'memory' }, 20)).rejects.toThrow(/status 1.*out of paper/);
    await expect(one.ask({ do: 'memory' }, 20)).rejects.toThrow(/out of paper/);
  });

  it('is not waited for longer than patience lasts', async () => {
    const one = contender('');
    await expect(one.ask({ do: 'epoch' }, 0.3)).rejects.toThrow("no answer to 'epoch' within 0.3 s");
  });

  it('may not exist', async () => {
    const one = new PeerProcess({ command: 'a-program-that-does-not-exist', args: [] });
    await expect(one.ask({ do: 'memory' }, 20)).rejects.toThrow(/cannot be started/);
  });
});

describe('a contender in several forms', () => {
  const prepare = { do: 'prepare', case: 'practical-net', batch: 2, threads: 1 } as const;
  const form = (name: string, ms: number) => program(`answer({ version: '${name}', trialMs: ${ms} });`);

  it('competes in the form that was fastest while it was prepared', async () => {
    const programs = [
      form('spinning', 600),
      program(`answer({ error: 'no' });`),
      form('asleep', 20),
      form('x', 30),
    ];
    const { contender: chosen, version } = await fastestForm(programs, prepare, 20);
    open.push(chosen);
    expect(version).toBe('asleep');
    expect(await chosen.ask<Prepared>(prepare, 20)).toMatchObject({ version: 'asleep' });
  });

  it('fails in the last form’s words if none works', async () => {
    const programs = [program(`answer({ error: 'one' });`), program(`answer({ error: 'two' });`)];
    await expect(fastestForm(programs, prepare, 20)).rejects.toThrow('two');
  });
});

describe('taking turns', () => {
  const counting = (ms: string) =>
    contender(`globalThis.n = (globalThis.n ?? 0) + 1; answer({ ms: [${ms}] });`);

  it('warms both up, then runs as many rounds as asked for', async () => {
    const rounds = await takeTurns(counting('n'), counting('10 * n'), 'train', {
      rounds: 3,
      most: 9,
      within: 0.03,
      seconds: 1,
      limit: 60,
      patience: 20,
    });
    expect(rounds).toEqual([
      { ours: 2, theirs: 20 },
      { ours: 3, theirs: 30 },
      { ours: 4, theirs: 40 },
    ]);
  });

  it('goes on while the ratio is noisy, up to the most rounds', async () => {
    const limits = { rounds: 3, most: 7, within: 0.03, seconds: 1, limit: 60, patience: 20 };
    const rounds = await takeTurns(counting('n'), counting('n % 2 ? 1 : 100'), 'train', limits);
    expect(rounds).toHaveLength(7);
    expect(summary('a', rounds, 64, limits)).toMatchObject({ id: 'a', noisy: true });
  });

  it('begins no new round once the limit is over, but runs one', async () => {
    const limits = { rounds: 50, most: 50, within: 0.03, seconds: 1, limit: 0, patience: 20 };
    expect(await takeTurns(counting('n'), counting('n'), 'infer', limits)).toHaveLength(1);
  });

  it('compares neighbouring runs, so that a slow minute of the machine falls on both', () => {
    const figures = summary(
      'a',
      [
        { ours: 10, theirs: 20 },
        { ours: 100, theirs: 200 },
        { ours: 10, theirs: 20 },
      ],
      64,
      { within: 0.03 },
    );
    expect(figures.ratio).toBe(2);
    expect(figures.ratioQuartiles).toEqual([2, 2]);
    expect(figures.ourImgPerSec).toBe(6400);
    expect(figures.theirImgPerSec).toBe(3200);
  });
});

it('this project answers as a contender: steps, inference, epochs, memory', async () => {
  const ours = new PeerProcess(ourProgram('wasm', 'software'), true);
  open.push(ours);
  const prepare = { do: 'prepare', case: 'practical-net', batch: 2, threads: 1 } as const;
  expect((await ours.ask<Prepared>(prepare, 60)).version).toMatch(
    /^glassbox wasm, 1 threads, (128|256) bits$/,
  );
  for (const task of ['train', 'infer'] as const) {
    const { ms } = await ours.ask<Timings>({ do: task, seconds: 0.01 }, 60);
    expect(ms.length).toBeGreaterThan(0);
    expect(ms.every((time) => time > 0)).toBe(true);
  }
  await ours.ask<Prepared>({ do: 'prepareEpoch', images: 20, batch: 8, threads: 1 }, 60);
  expect((await ours.ask<Timings>({ do: 'epoch' }, 60)).ms).toHaveLength(1);
  expect((await ours.ask<Memory>({ do: 'memory' }, 60)).peakRssBytes).toBeGreaterThan(2 ** 20);
});

const torch = peers.find(({ name }) => name === 'pytorch')!;
/** False where no Python has torch. */
const hasTorch = (() => {
  try {
    return torch.programs('software', 1).length > 0;
  } catch {
    return false;
  }
})();

describe('losses of the first steps from the same weights', () => {
  const limits = { threads: 2, patience: 120 };

  it.skipIf(!hasTorch).each(['practical-net', 'medmnist-net', 'resnet18'])(
    '%s: those of PyTorch are ours',
    { timeout: 120_000 },
    async (name) => {
      const difference = await lossDifference(torch, name, 8, limits);
      expect(difference).toBeGreaterThanOrEqual(0);
      expect(difference).toBeLessThan(name === 'resnet18' ? 1e-3 : 1e-5);
    },
  );

  it('that are others are an error, and no figure', { timeout: 60_000 }, async () => {
    const other = { ...torch, programs: () => [program('answer({ losses: [1, 2, 3] });')] };
    await expect(lossDifference(other, 'practical-net', 2, limits)).rejects.toThrow(
      /practical-net: .* those of pytorch 1, 2, 3: one of the two is another computation/,
    );
  });

  it('are not asked for where a net draws random numbers, or of others', async () => {
    expect(await lossDifference(torch, 'autoencoder', 2, limits)).toBeUndefined();
    const narrow = peers.find(({ name }) => name === 'narrow')!;
    expect(await lossDifference(narrow, 'practical-net', 2, limits)).toBeUndefined();
  });
});

it.runIf(hasTorch)('PyTorch’s BLAS has no more threads than it was given', () => {
  for (const { env } of torch.programs('software', 1)) {
    expect(env).toMatchObject({ OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OMP_NUM_THREADS: '1' });
  }
});

it('this project answers about single operations, in both passes', { timeout: 60_000 }, async () => {
  const ours = new PeerProcess(ourProgram('wasm', 'software'), true);
  open.push(ours);
  for (const kind of ['group_norm', 'depthwise'] as const) {
    const { shape, ...rest } = benchmarkOps.find((op) => op.kind === kind)!;
    const op = { ...rest, shape: [2, shape[1], 8, 8] };
    for (const pass of passes) {
      await ours.ask<Prepared>({ do: 'prepareOp', op, pass, threads: 1 }, 60);
      const { ms } = await ours.ask<Timings>({ do: 'op', seconds: 0.01 }, 60);
      expect(ms.every((time) => time > 0)).toBe(true);
    }
  }
});

it('this project without 256 bits is a contender, too: it says so', { timeout: 60_000 }, async () => {
  const [narrow] = peers.find(({ name }) => name === 'narrow')!.programs('software', 1);
  const one = new PeerProcess(narrow);
  open.push(one);
  const prepare = { do: 'prepareOp', op: product, pass: 'forward', threads: 1 } as const;
  expect((await one.ask<Prepared>(prepare, 60)).version).toBe('glassbox wasm, 1 threads, 128 bits');
  const { ms } = await one.ask<Timings>({ do: 'op', seconds: 0.01 }, 60);
  expect(ms[0]).toBeGreaterThan(0);
});
