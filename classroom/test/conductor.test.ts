import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { phantoms } from '../src/playground/data.ts';
import { forkTraining } from '../src/playground/fork.ts';
import { defaultState, type Fork } from '../src/playground/spec.ts';
import { Timeline } from '../src/playground/timeline.ts';
import { Training } from '../src/playground/training.ts';
import { Conductor } from '../src/worker/conductor.ts';
import { Keeper } from '../src/worker/keeper.ts';
import type { News, Order, Snapshot } from '../src/worker/messages.ts';

const spec = { ...defaultState.spec, blocks: [{ channels: 2, stride: 3, padding: 0 }], labels: 64 };
const fork: Fork = { at: 20, changes: { lr: 0.1 }, frozen: [] };

let runtime: Runtime;
let a: Timeline;
let b: Timeline;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm', threads: 1 });
  a = await Timeline.of(new Training(runtime, spec));
  await a.goTo(20);
  b = await Timeline.of(await forkTraining(a.training, fork));
  await a.goTo(240);
  await b.goTo(240);
});
afterAll(() => runtime.destroy());

/** A conductor, and the snapshot that fits: a page that draws at once. */
function conduct(keeper?: Partial<Keeper>) {
  const losses: number[] = [];
  let last: Snapshot | undefined;
  let waiting: { fits: (snapshot: Snapshot) => boolean; done: (snapshot: Snapshot) => void } | undefined;
  const conductor = new Conductor(
    runtime,
    (news: News) => {
      if (news.kind !== 'snapshot') return;
      last = news.snapshot;
      losses.push(...last.losses);
      setTimeout(() => conductor.take({ kind: 'drawn' }));
      if (waiting?.fits(last)) waiting.done(last);
    },
    keeper as Keeper,
  );
  const failure = conductor.run().catch((error: Error) => error);
  conductor.take({ kind: 'look', image: phantoms('test', 1).images as Uint8Array<ArrayBuffer> });
  return {
    losses,
    failure,
    take: (order: Exclude<Order, { kind: 'open' }>) => conductor.take(order),
    until: (fits: (snapshot: Snapshot) => boolean) =>
      new Promise<Snapshot>((done) => {
        waiting = { fits, done };
      }),
  };
}

const atRest = (steps: number) => (snapshot: Snapshot) => !snapshot.playing && snapshot.steps === steps;

it('drops what was kept if this device does not repeat it, and does all steps again', async () => {
  const kept = structuredClone({ first: { ...a.keep(2 ** 20), scores: [] }, second: undefined });
  kept.first.losses[239] += 1;
  let isThere = true;
  const desk = conduct({
    load: async () => (isThere ? kept : undefined),
    drop: async () => {
      const was = isThere;
      isThere = false;
      return was;
    },
    keep: async () => {},
  });
  const resting = desk.until((snapshot) => atRest(240)(snapshot) && snapshot.resumed === undefined);
  desk.take({ kind: 'build', id: 1, spec, steps: 240 });
  await a.goTo(240);
  expect((await resting).trace).toBe(a.training.trace);
  expect(isThere).toBe(false);
});

it('what is asked for right after a build is meant for the new training', async () => {
  const desk = conduct();
  const sixth = desk.until(atRest(6));
  desk.take({ kind: 'build', id: 1, spec, steps: 5 });
  desk.take({ kind: 'step' });
  await sixth;
  const playing = desk.until(({ steps, playing }) => playing && steps > 8);
  desk.take({ kind: 'build', id: 2, spec, steps: 0 });
  desk.take({ kind: 'play' });
  await playing;
  const paused = desk.until(atRest(3));
  desk.take({ kind: 'build', id: 3, spec, steps: 3 });
  desk.take({ kind: 'play' });
  desk.take({ kind: 'pause' });
  await paused;
});

it('does one step after a pause, also if the pause met a step halfway', async () => {
  const desk = conduct();
  const begun = desk.until(({ steps }) => steps === 0);
  desk.take({ kind: 'build', id: 1, spec, steps: 0 });
  await begun;
  for (let round = 0; round < 12; round++) {
    const playing = desk.until(({ playing, steps }) => playing && steps > 0);
    desk.take({ kind: 'play' });
    await playing;
    await new Promise((done) => setTimeout(done, round));
    const resting = desk.until(({ playing }) => !playing);
    desk.take({ kind: 'pause' });
    const { steps } = await resting;
    const next = desk.until(atRest(steps + 1));
    desk.take({ kind: 'step' });
    await next;
  }
});

it('keeps nothing, and trains all the same, where the browser has no database or opens none', async () => {
  expect(await Keeper.open('wasm', '1')).toBeUndefined();
  vi.stubGlobal('indexedDB', {
    open() {
      throw new DOMException('A mutation operation was attempted', 'InvalidStateError');
    },
  });
  expect(await Keeper.open('wasm', '1')).toBeUndefined();
  vi.unstubAllGlobals();
  const desk = conduct(undefined);
  const resting = desk.until(atRest(240));
  desk.take({ kind: 'build', id: 1, spec, steps: 240 });
  await a.goTo(240);
  expect(await resting).toMatchObject({ trace: a.training.trace, resumed: undefined });
});

it('takes up both runs of a fork where they were kept', async () => {
  const kept = structuredClone({
    first: { ...a.keep(2 ** 20), scores: [{ step: 0, accuracy: 0.5 }] },
    second: { ...b.keep(2 ** 20), scores: [{ step: 20, accuracy: 0.5 }] },
  });
  const desk = conduct({ load: async () => kept, keep: async () => {} });
  const resting = desk.until(atRest(240));
  desk.take({ kind: 'build', id: 1, spec, steps: 240, fork });
  const { trace, other, resumed } = await resting;
  expect([trace, other!.trace]).toEqual([a.training.trace, b.training.trace]);
  expect(resumed).toBe(225);
  expect(desk.losses).toEqual(a.losses);
});

it('obeys the last of many orders: of the same steps again no loss is told twice', async () => {
  const desk = conduct();
  desk.take({ kind: 'build', id: 1, spec: { ...spec, lr: 1 }, steps: 50 });
  desk.take({ kind: 'build', id: 2, spec, steps: 100 });
  let resting = desk.until((snapshot) => snapshot.build === 2 && atRest(100)(snapshot));
  await resting;
  resting = desk.until(
    (snapshot) => snapshot.asked === 5 && atRest(61)(snapshot) && snapshot.other?.kind === 'fork',
  );
  for (const step of [3, 90, 0, 60]) desk.take({ kind: 'seek', step });
  desk.take({ kind: 'compare', id: 3, pin: 50 });
  desk.take({ kind: 'compare', id: 4 });
  desk.take({ kind: 'compare', id: 5, fork });
  await new Promise((done) => setTimeout(done, 500));
  desk.take({ kind: 'step' });
  const { other, trace } = await resting;
  await a.goTo(61);
  await b.goTo(61);
  expect([trace, other!.trace]).toEqual([a.training.trace, b.training.trace]);
  expect(desk.losses).toEqual(a.losses.slice(0, 100));
});
