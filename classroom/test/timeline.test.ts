import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forkTraining } from '../src/playground/fork.ts';
import { defaultState, type Fork, type Spec } from '../src/playground/spec.ts';
import { bytesOf, type TrainingState } from '../src/playground/state.ts';
import { Checkpoints, NotRepeated, room, Timeline } from '../src/playground/timeline.ts';
import { orderOf, Training } from '../src/playground/training.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm', threads: 2 });
});
afterAll(() => runtime.destroy());

const spec: Spec = { ...defaultState.spec, dropout: 0.25, labels: 100, batch: 16 };

/** Steps in no order, each at most once. */
const someSteps = (count: number, below: number) => orderOf(9, 0, below).subarray(0, count);

/** The values of a state, by the names that PyTorch has for them. */
const weightsOf = ({ net }: TrainingState) =>
  Object.fromEntries([...net].map(([name, { data }]) => [name, [...data]]));

async function runA(steps: number, of = spec): Promise<Timeline> {
  const timeline = await Timeline.of(new Training(runtime, of));
  await timeline.goTo(steps);
  return timeline;
}

async function runB(a: Timeline, fork: Partial<Fork>, steps: number): Promise<Timeline> {
  const { at = 0, changes = {}, frozen = [] } = fork;
  await a.goTo(at);
  const b = await Timeline.of(await forkTraining(a.training, { at, changes, frozen }));
  await b.goTo(steps);
  return b;
}

describe('a timeline', () => {
  it.each([spec, { ...spec, optimizer: 'adam', lr: 0.001 } as const])(
    'has the same bits at any step again: weights, averages and losses (%#)',
    async (of) => {
      const straight = new Training(runtime, of);
      const states: TrainingState[] = [await straight.state()];
      while (straight.steps < 80) {
        await straight.step();
        states.push(await straight.state());
      }
      const timeline = await runA(80, of);
      for (const step of someSteps(20, 81)) {
        await timeline.goTo(step);
        expect(await timeline.training.state()).toEqual(states[step]);
      }
      await timeline.goTo(80);
      await straight.step();
      await timeline.step();
      expect(await timeline.training.state()).toEqual(await straight.state());
      straight.dispose();
      timeline.dispose();
    },
  );

  it('says so when a step gives another loss than the first time', async () => {
    const timeline = await runA(30);
    await timeline.goTo(10);
    const { net, ...state } = await timeline.training.state();
    for (const { data } of net.values()) if (data instanceof Float32Array) data.fill(0.01);
    timeline.training.restore({ ...state, net });
    await expect(timeline.step()).rejects.toThrow(NotRepeated);
    timeline.dispose();
  });

  it('goes on from what was kept, and from no step beyond the one asked for', async () => {
    const first = await runA(120);
    const kept = structuredClone(first.keep(2 ** 20));
    await first.goTo(73);
    const expected = await first.training.state();
    for (const steps of [120, 73]) {
      const again = await Timeline.of(new Training(runtime, spec));
      again.takeOver(kept, steps);
      expect(again.last).toBe(steps);
      expect(again.at).toBe(steps === 120 ? 100 : 50);
      await again.goTo(73);
      expect(await again.training.state()).toEqual(expected);
      await again.goTo(120);
      expect(again.losses).toEqual(first.losses);
      again.dispose();
    }
    first.dispose();
  });

  it('keeps so few states that they fit, evenly and with the first one', async () => {
    const timeline = await runA(1);
    const state = await timeline.training.state();
    const checkpoints = new Checkpoints(7);
    for (let steps = 7; steps <= 100_007; steps++) {
      if (checkpoints.wants(steps)) checkpoints.add({ ...state, steps });
    }
    const { steps } = checkpoints;
    expect(steps.length).toBeLessThanOrEqual(Math.min(room.checkpoints, room.bytes / bytesOf(state)));
    expect(steps[0]).toBe(7);
    const gaps = steps.slice(1).map((step, index) => step - steps[index]);
    expect(new Set(gaps)).toEqual(new Set([200]));
    expect(checkpoints.before(12_345).steps).toBe(12_207);
    timeline.dispose();
  });
});

describe('a second run', () => {
  it('without a change is the first one', async () => {
    const a = await runA(60);
    const b = await runB(a, { at: 37 }, 60);
    await a.goTo(60);
    expect(b.losses).toEqual(a.losses.slice(37));
    const { trace: _, ...state } = await b.training.state();
    expect(await a.training.state()).toMatchObject(state);
  });

  it('gets the same images in the same order, also with another seed', async () => {
    const a = await runA(40);
    const withoutDropout = await runA(40, { ...spec, dropout: 0 });
    const b = await runB(withoutDropout, { at: 20, changes: { seed: 9 } }, 40);
    expect(b.losses).toEqual(withoutDropout.losses.slice(20));
    const masks = await runB(a, { at: 20, changes: { seed: 9 } }, 40);
    expect(masks.losses).not.toEqual(a.losses.slice(20));
    // At step 0 the weights are those of the seed, too: the images of A's order, and all else of B's seed.
    const fresh = await runB(a, { at: 0, changes: { seed: 9 } }, 12);
    const other = new Training(runtime, { ...spec, seed: 9 }, { orderSeed: spec.seed });
    for (const loss of fresh.losses) expect(await other.step()).toBe(loss);
  });

  it('does not move what is frozen, and moves all else', async () => {
    const a = await runA(30);
    const b = await runB(a, { at: 10, changes: { decay: 0.1 }, frozen: [1, 4] }, 30);
    await b.goTo(10);
    const before = weightsOf(await b.training.state());
    await b.goTo(30);
    const after = weightsOf(await b.training.state());
    for (const name of Object.keys(before)) {
      const isFrozen = /^(0|2|11)\./.test(name); // conv 1 and its norm; the last layer
      const isSame = String(before[name]) === String(after[name]);
      expect([name, isSame]).toEqual([name, isFrozen]);
    }
  });

  it('may have all frozen: then it only says the losses', async () => {
    const a = await runA(10);
    const b = await runB(a, { at: 10, frozen: [1, 2, 3, 4] }, 14);
    const { net } = await b.training.state();
    expect(net).toEqual((await a.training.state()).net);
    expect(new Set(b.losses).size).toBe(4);
  });

  it.each([
    { batchNorm: false },
    { dropout: 0 },
    { optimizer: 'adam' as const, lr: 0.001 },
    { noise: 0.3, momentum: 0.5 },
  ])('%o begins with what both nets have', async (changes) => {
    const a = await runA(10);
    const b = await runB(a, { at: 10, changes }, 10);
    const [from, own] = [await a.training.state(), await b.training.state()];
    let found = 0;
    for (const [index, { kind, number }] of b.training.layers.entries()) {
      const place = a.training.layers.findIndex((layer) => layer.kind === kind && layer.number === number);
      for (const part of ['weight', 'bias', 'running_mean']) {
        const value = own.net.get(`${index}.${part}`);
        expect(value).toEqual(from.net.get(`${place}.${part}`));
        if (value) found++;
      }
    }
    expect(found).toBe('batchNorm' in changes ? 8 : 17);
    const averages = [...own.optimizer.tensors.values()].some(({ data }) => data.some((each) => each !== 0));
    expect(averages).toBe(!('optimizer' in changes));
    await b.goTo(14);
    expect(b.losses.every(Number.isFinite)).toBe(true);
    expect(b.losses).not.toEqual((await runA(14)).losses.slice(10));
  });
});
