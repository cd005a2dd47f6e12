/** Two runs, time travel, and what is kept over a reload: in the page as in Node, bit for bit. */
import { auc, calibrationError, sigmoid } from '@glassbox/metrics';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { phantoms } from '../../src/playground/data.ts';
import { forkTraining } from '../../src/playground/fork.ts';
import { defaultState, fromAddress, type PlaygroundState, toAddress } from '../../src/playground/spec.ts';
import { Timeline } from '../../src/playground/timeline.ts';
import { orderOf, Training, type Walk } from '../../src/playground/training.ts';
import { atStep, describeClassroom, faultsOf, goTo, showAs, small, snapshot, until } from '../classroom.ts';

const base = { ...defaultState.spec, labels: 100, batch: 16, dropout: 0.25 };
const image = phantoms('test', 1).images;

/** All values of a walk as lists, which can be compared with what a page gives back. */
const valuesOf = ({ layers }: Walk) =>
  layers.map(({ output, weight, bias }) =>
    [output, weight, bias].map((each) => each && Array.from(Object.values(each.values))),
  );

const stateOf = (page: Page) => fromAddress(new URL(page.url()).hash.slice(1)).state;

/** Waits until the page has drawn what it rests at, the second net included. */
const rests = (page: Page, steps: number) =>
  until(
    page,
    `(({ playing, steps, other }) => !playing && steps === ${steps} && other)(classroom.snapshot())`,
  );

/** Waits until the address says so, too: it follows with the picture. */
const addressed = (page: Page, state: PlaygroundState) =>
  expect.poll(() => stateOf(page), { timeout: 60_000 }).toEqual(state);

describeClassroom('the room of the net', ({ problems, open }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ device: 'wasm', threads: 2 });
  });
  afterAll(async () => {
    await runtime.destroy();
    expect(problems).toEqual([]);
  });

  const runA = async (steps: number, spec = base) => {
    const timeline = await Timeline.of(new Training(runtime, spec));
    await timeline.goTo(steps);
    return timeline;
  };

  it('opens a fork to the same two runs as Node, with the frozen layers where they were', async () => {
    const state: PlaygroundState = {
      spec: base,
      steps: 52,
      image: 0,
      fork: { at: 31, changes: { batchNorm: false, lr: 0.03, seed: 4, dropout: 0.5 }, frozen: [1, 4] },
    };
    const a = await runA(31);
    const b = await Timeline.of(await forkTraining(a.training, state.fork!));
    await a.goTo(52);
    await b.goTo(52);
    const page = await open({ hash: toAddress(state) });
    await rests(page, 52);
    const seen = await snapshot(page);
    expect([seen.trace, seen.other!.trace]).toEqual([a.training.trace, b.training.trace]);
    expect(valuesOf(seen.walk)).toEqual(valuesOf(await a.training.walk(image)));
    expect(valuesOf(seen.other!.walk)).toEqual(valuesOf(await b.training.walk(image)));
    expect(toAddress(state).length).toBeLessThan(2048);
    await addressed(page, state);

    const row = (name: string) => page.locator(`[data-moved="${name}"]`);
    expect(await row('conv 1').getByRole('img', { name: 'frozen' }).count()).toBe(1);
    expect(await row('conv 1').locator('.frozen').textContent()).toBe('0');
    expect(await row('linear').locator('.frozen').textContent()).toBe('0');
    expect(await row('conv 2').getByRole('img').count()).toBe(0);
    const moved = seen.other!.moved!;
    expect(moved.b.filter((each) => each > 0).length).toBe(2);
    expect(moved.a.filter((each) => each > 0).length).toBe(7);
    await page.context().close();
  });

  it('forks by hand, changes the second run, and ends it', async () => {
    const page = await open({ hash: toAddress({ spec: base, steps: 20, image: 0 }) });
    await atStep(page, 20);
    await page.getByRole('button', { name: 'Fork here' }).click();
    await rests(page, 20);
    await page.getByRole('button', { name: 'One step' }).click();
    await rests(page, 21);
    const same = await snapshot(page);
    expect(valuesOf(same.other!.walk)).toEqual(valuesOf(same.walk));
    const panel = page.getByRole('region', { name: /^Run B/ });
    await panel.getByRole('checkbox', { name: 'Convolution 2' }).check();
    await panel.getByRole('combobox', { name: 'optimiser' }).selectOption('adam');
    const changed: PlaygroundState = {
      spec: base,
      steps: 21,
      image: 0,
      fork: { at: 20, changes: { optimizer: 'adam' }, frozen: [2] },
    };
    await addressed(page, changed);
    await rests(page, 21);
    const a = await runA(20);
    const b = await Timeline.of(await forkTraining(a.training, changed.fork!));
    await b.goTo(21);
    await until(page, `classroom.snapshot().other?.trace === '${b.training.trace}'`);

    // Before the fork both are one.
    await page.getByRole('slider').fill('7');
    await atStep(page, 7);
    expect((await snapshot(page)).other).toBeUndefined();
    await page.getByRole('button', { name: 'End run B' }).click();
    await addressed(page, { spec: base, steps: 21, image: 0, at: 7 });
    await page.context().close();
  });

  it('goes to any step: to the bits that it had there the first time', async () => {
    const expected: string[] = [];
    const straight = new Training(runtime, base);
    const walks = new Map<number, Walk>();
    const steps = orderOf(3, 0, 90).subarray(0, 20);
    for (;;) {
      expected.push(straight.trace);
      if (steps.includes(straight.steps)) walks.set(straight.steps, await straight.walk(image));
      if (straight.steps === 95) break;
      await straight.step();
    }
    const page = await open({ hash: toAddress({ spec: base, steps: 90, image: 0 }) });
    await atStep(page, 90);
    for (const step of steps) {
      await page.getByRole('slider').fill(String(step));
      await atStep(page, step);
      const seen = await snapshot(page);
      expect(seen.trace).toBe(expected[step]);
      expect(seen.last).toBe(90);
      expect(valuesOf(seen.walk)).toEqual(valuesOf(walks.get(step)!));
    }
    // Keys move it, and steps from there are those of the first time.
    await page.getByRole('slider').press('Home');
    await atStep(page, 0);
    await page.getByRole('slider').press('ArrowRight');
    await atStep(page, 1);
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 2);
    expect((await snapshot(page)).trace).toBe(expected[2]);
    expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toBe('step 2 of 90');
    await page.getByRole('button', { name: 'Play' }).click();
    await until(page, 'classroom.snapshot().steps >= 5');
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(page, '!classroom.snapshot().playing');
    const paused = await snapshot(page);
    expect(paused.trace).toBe(expected[paused.steps]);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await atStep(page, 90);
    for (let step = 91; step <= 95; step++) {
      await page.getByRole('button', { name: 'One step' }).click();
      await atStep(page, step);
    }
    expect((await snapshot(page)).trace).toBe(expected[95]);
    await page.context().close();
  });

  it('shows the difference of two steps, also from an address', async () => {
    const state: PlaygroundState = { spec: base, steps: 40, image: 0, at: 33, pin: 12 };
    const a = await runA(12);
    const [before, test] = [await a.training.walk(image), await a.training.test()];
    await a.goTo(33);
    const after = await a.training.walk(image);
    const page = await open({ hash: toAddress(state) });
    await rests(page, 33);
    await addressed(page, state);
    const seen = await snapshot(page);
    expect(valuesOf(seen.other!.walk)).toEqual(valuesOf(before));
    expect(valuesOf(seen.walk)).toEqual(valuesOf(after));
    const largest = (index: number) => {
      const parts = (walk: Walk) => [walk.layers[index].weight!, walk.layers[index].bias!];
      const differences = parts(after).flatMap(({ values }, part) =>
        [...values].map((value, i) => Math.abs(Math.fround(value - parts(before)[part].values[i]))),
      );
      return Math.max(...differences).toLocaleString('en', { maximumSignificantDigits: 3 });
    };
    expect(await page.locator('[data-moved="conv 2"] td').first().textContent()).toBe(largest(3));
    expect(await page.locator('[data-moved="linear"] td').first().textContent()).toBe(largest(11));

    // One value of the difference, in the large map: channel 3 of the second convolution, row 15, column 15.
    await page.getByRole('button', { name: 'B − A' }).click();
    await page.locator('[data-layer="3"] [data-channel="2"]').click();
    const at = (walk: Walk) => walk.layers[3].output.values[2 * 14 * 14 + 13 * 14 + 13];
    expect(await page.locator('.large').getAttribute('aria-label')).toContain('row 14, column 14');
    const difference = Math.fround(at(after) - at(before));
    expect(await page.textContent('.value b')).toBe(
      difference.toLocaleString('en', { minimumFractionDigits: 4, maximumFractionDigits: 4 }),
    );

    // ROC and calibration of both.
    const { labels } = phantoms('test', 200);
    const digits = (value: number) =>
      value.toLocaleString('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 });
    const probabilities = Array.from(test.logOdds, (each) => sigmoid(each));
    await until(page, `document.querySelectorAll('.quality .side-b').length === 2`);
    const says = await page.locator('.quality .side-a b').allTextContents();
    expect(says).toEqual([
      `area ${digits(auc(test.logOdds, labels))}`,
      `error ${digits(calibrationError(probabilities, labels, 10))}`,
    ]);
    await page.context().close();
  });

  it('keeps long trainings over a reload, and drops what is damaged', async () => {
    const page = await open({
      hash: toAddress({
        spec: { ...base, blocks: [{ channels: 1, stride: 3, padding: 0 }] },
        steps: 600,
        image: 0,
      }),
    });
    await atStep(page, 600);
    const { trace } = await snapshot(page);
    const readKept = `new Promise((done) => {
      const opening = indexedDB.open('glassbox-classroom');
      opening.onsuccess = () => {
        const store = opening.result.transaction('trainings', 'readwrite').objectStore('trainings');
        store.getAll().onsuccess = ({ target: { result } }) => {
          const change = globalThis.changeKept;
          if (change) for (const record of result) { change(record); store.put(record); }
          store.transaction.oncomplete = () => { opening.result.close(); done(result.map(({ first, key }) =>
            ({ key, losses: first.losses.length, last: first.checkpoints.at(-1).steps }))); };
        };
      };
    })`;
    const kept = () => page.evaluate(readKept) as Promise<{ key: string; losses: number; last: number }[]>;
    await expect.poll(async () => (await kept())[0]?.last, { timeout: 60_000 }).toBe(600);

    // It goes on from the last checkpoint: some steps are repeated to see that they give the same losses.
    await page.reload();
    await atStep(page, 600);
    expect(await snapshot(page)).toMatchObject({ trace, resumed: 575 });

    for (const damage of [
      'record.first.checkpoints.at(-1).net.get("0.weight").data[0] += 1',
      'record.version = "older"',
      'record.first.losses[5] = 9',
    ]) {
      await page.evaluate(`globalThis.changeKept = (record) => { ${damage} }; 0`);
      await kept();
      await page.reload();
      await atStep(page, 600);
      expect(await snapshot(page)).toMatchObject({ trace, resumed: undefined });
      await page.getByRole('slider').fill('6');
      await atStep(page, 6);
      await page.getByRole('slider').fill('600');
      await atStep(page, 600);
      await expect.poll(async () => (await kept())[0]?.last, { timeout: 60_000 }).toBe(600);
    }
    await page.context().close();
  });

  it('two runs, two steps, wide, narrow, light, dark, German: axe finds nothing, nothing is cut off', async () => {
    const wide = { width: 1280, height: 800 };
    const addressOf = (fields: string) => `steps=30&labels=100&${fields}`;
    const looks = [
      ['fork=10&b.freeze=1-2&b.bn=0&b.seed=3', { viewport: wide, colorScheme: 'light', locale: 'en' }],
      ['fork=10&b.freeze=1-4', { viewport: small, colorScheme: 'dark', locale: 'de' }],
      ['at=20&pin=5', { viewport: wide, colorScheme: 'dark', locale: 'de' }],
    ] as const;
    const page = await open({ ...looks[0][1], bypassCSP: true, hash: addressOf(looks[0][0]) });
    await page.evaluate('globalThis.buildBefore = undefined');
    for (const [fields, way] of looks) {
      await goTo(page, addressOf(fields));
      await until(
        page,
        `(({ build, playing, other }) => build !== buildBefore && !playing && other)(classroom.snapshot())`,
      );
      await page.evaluate('globalThis.buildBefore = classroom.snapshot().build');
      await page.waitForSelector('.quality .plot svg');
      await showAs(page, way);
      for (const side of [1, 2]) {
        await page.locator('.side-choice button').nth(side).click();
        expect([fields, side, await faultsOf(page)]).toEqual([fields, side, []]);
      }
    }
    await page.context().close();
  });
});
