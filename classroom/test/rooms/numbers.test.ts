/** The room in which every number is explained, in Chromium: what it shows is compared with the same lesson in Node. */
import { crossEntropyLoss, RandomStream } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { amount } from '../../../scripts/soak/amount.ts';
import { type Lesson, openLesson } from '../../src/model/index.ts';
import { buildNet, buildOptimizer } from '../../src/playground/net.ts';
import { defaultState, fromAddress, imageSize, type Spec } from '../../src/playground/spec.ts';
import { Training } from '../../src/playground/training.ts';
import { firstBatch } from '../../src/rooms/numbers/desk.ts';
import { foldedColumns, leadOf } from '../../src/rooms/numbers/maps.ts';
import { flatIndex } from '../../src/rooms/numbers/packed.ts';
import type { LessonView } from '../../src/rooms/numbers/types.ts';
import { describeClassroom, faultsOf, showAs, small, until } from '../classroom.ts';

/** The lesson of a spec in Node, after a whole step. */
async function lessonInNode(spec: Spec): Promise<Lesson> {
  const lesson = await openLesson({
    net: (runtime) => buildNet(runtime, spec).net,
    optimizer: (net) => buildOptimizer(spec, net.parameters()),
    loss: crossEntropyLoss(),
    shape: [1, imageSize, imageSize],
    ...firstBatch(spec),
  });
  await lesson.forward();
  await lesson.loss();
  await lesson.backward();
  await lesson.update();
  return lesson;
}

/** The number that a text of the page shows. */
const shown = (text: string | null) =>
  Math.fround(Number(text!.replace(/^[=≈\s]+/, '').replaceAll('−', '-')));

const settled = (page: Page) =>
  until(page, `document.querySelector('.number')?.getAttribute('aria-busy') === 'false'`);

/** Waits until a number is explained: a change of the address is seen a little later. */
const explains = (page: Page, place: string) =>
  until(
    page,
    `document.querySelector('.number')?.getAttribute('aria-busy') === 'false' &&
      (({ layer, what, index }) => [layer, what, ...index].join('.') === '${place}')(classroom.explained().place)`,
  );

/** Opens the map of an element by its address, and clicks on its place there. */
async function clickOn(
  page: Page,
  layer: string,
  what: string,
  index: readonly number[],
  shape: readonly number[],
) {
  const lead = leadOf(shape);
  const first = [layer, what, ...index.map((at, dim) => (dim < lead ? at : 0))].join('.');
  await page.evaluate(`location.hash = location.hash.replace(/numbers.at=[^&]*/, 'numbers.at=${first}')`);
  await until(
    page,
    `document.querySelector('.large')?.dataset.shown === '${layer} ${what} ${index.slice(0, lead)}'`,
  );
  const own = shape.slice(lead);
  const columns = own.length === 2 ? own[1] : foldedColumns(own[0] ?? 1);
  const rows = own.length === 2 ? own[0] : Math.ceil((own[0] ?? 1) / columns);
  const flat = flatIndex(own, index.slice(lead));
  const { width, height } = (await page.locator('.large').boundingBox())!;
  await page.locator('.large').click({
    position: {
      x: ((flat % columns) + 0.5) * (width / columns),
      y: (Math.floor(flat / columns) + 0.5) * (height / rows),
    },
  });
  await explains(page, [layer, what, ...index].join('.'));
}

describeClassroom('the room of numbers', ({ problems, open }) => {
  it('takes a step apart: four clicks, the weights of the first step of the training', async () => {
    const { spec } = defaultState;
    const runtime = await openRuntime({ device: 'wasm', threads: 2 });
    const training = new Training(runtime, spec);
    const before = await training.net.stateDict();
    const loss = await training.step();
    const after = await training.net.stateDict();
    await runtime.destroy();

    const page = await open({ hash: 'room=numbers' });
    const names = ['Forward', 'Loss', 'Backward', 'Update'];
    for (const [index, name] of names.entries()) {
      await page.getByRole('button', { name: `${index + 1}. ${name}` }).click();
      await until(page, `classroom.lesson()?.done === '${name.toLowerCase()}'`);
    }
    const seen = (await page.evaluate('classroom.lesson()')) as LessonView;
    expect(Math.fround(seen.loss!)).toBe(loss);
    for (const [index, { tensors }] of seen.layers.slice(0, -1).entries()) {
      const [was, is] = [before, after].map(
        (state) => state.get(`${index}.weight`)?.data as Float32Array | undefined,
      );
      expect(tensors.weight?.values && Object.values(tensors.weight.values)).toEqual(was && [...was]);
      const change = was && is && Array.from(is, (value, i) => Math.fround(value - was[i]));
      expect(tensors.weightChange?.values && Object.values(tensors.weightChange.values)).toEqual(change);
    }
    expect(await page.locator('.lesson tbody tr').count()).toBe(5);

    // Gradients appear from the last layer to the first; where less motion is asked for, at once.
    const animations = () =>
      page.locator('.lesson tbody tr:nth-child(2) .cell').evaluateAll((cells) =>
        cells.map((cell) => {
          const { animationName, animationDelay } = getComputedStyle(cell);
          return animationName === 'none' ? 0 : Number.parseFloat(animationDelay);
        }),
      );
    const delays = await animations();
    expect(delays.length).toBe(11);
    expect(delays).toEqual([...new Set(delays)].sort((a, b) => b - a));
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(new Set(await animations())).toEqual(new Set([0]));
    expect(page.url()).toContain('numbers.parts=4');
    await page.context().close();
  });

  const clicks = amount(20, 400);
  it.each([
    ['batch norm, dropout and SGD', 'net=4s1p1-6s2p0&dropout=0.3&batch=6&labels=40&decay=0.01'],
    ['Winograd, no batch norm, and Adam', 'net=16s2p1-16s1p1&bn=0&opt=adam&batch=4&labels=40'],
  ])(`${clicks} clicks at random, %s: value and sum are those of the tensors`, async (_, hash) => {
    const lesson = await lessonInNode(fromAddress(hash).state.spec);
    const page = await open({ hash: `room=numbers&${hash}&numbers.parts=4&numbers.at=0.output.0.0.0.0` });
    await settled(page);
    const random = new RandomStream(5, hash.length);
    const milliseconds: number[] = [];
    for (let click = 0; click < clicks; click++) {
      // All layers in turn, so that few clicks see each of them.
      const { name } = lesson.layers[click % lesson.layers.length];
      const kinds = lesson.kinds(name);
      const what = kinds[random.below(kinds.length)];
      const { shape, values } = lesson.tensor(name, what);
      const index = shape.map((size) => random.below(size));
      await clickOn(page, name, what, index, shape);
      const value = Number(values[flatIndex(shape, index)]);
      const text = await page.textContent('.number h2 output');
      expect(Object.is(shown(text), value), `${name} ${what} [${index}]: ${text}, not ${value}`).toBe(true);
      const lines = page.locator('.shown-sum');
      if ((await lines.count()) > 0) {
        expect(Object.is(shown(await lines.textContent()), value), `the sum of ${name} ${what}`).toBe(true);
        await page.locator('.lines').evaluate((box) => box.scrollTo(0, box.scrollHeight));
        const last = page.locator('.lines .line').last().locator('.sum');
        await expect.poll(async () => Object.is(shown(await last.textContent()), value)).toBe(true);
      }
      milliseconds.push(
        (await page.evaluate(`performance.getEntriesByName('number explained').at(-1).duration`)) as number,
      );
    }
    milliseconds.sort((a, b) => a - b);
    const at = (share: number) => milliseconds[Math.floor(share * (clicks - 1))].toFixed(0);
    console.log(
      `from the click to the explanation: ${at(0.5)} ms (median), ${at(0.95)} ms (95th percentile)`,
    );
    await lesson.close();
    await page.context().close();
  });

  it('goes on with keys and links, and back again', async () => {
    const page = await open({ hash: 'room=numbers&numbers.parts=3&numbers.at=3.output.2.1.5.5' });
    await settled(page);
    const heading = () => page.textContent('.number h2 code');
    expect(await heading()).toBe('y[2,1,5,5]');
    await page.locator('.large').press('ArrowRight');
    await page.locator('.large').press('ArrowDown');
    await page.locator('.large').press('PageDown');
    await settled(page);
    expect(await heading()).toBe('y[2,2,6,6]');
    expect(page.url()).toContain('numbers.at=3.output.2.2.6.6');
    // The first product's weight, by its link in the kernel's order.
    await page.locator('.lines .line').nth(1).locator('button').nth(1).click();
    await settled(page);
    expect(await heading()).toBe('w[2,0,0,0]');
    expect(await page.textContent('.number')).toContain('The step begins with this number');
    await page.getByRole('button', { name: '← Back' }).click();
    await settled(page);
    expect(await heading()).toBe('y[2,2,6,6]');
    await page.locator('.large-map select').nth(3).selectOption('3');
    await settled(page);
    expect(await heading()).toBe('y[2,3,6,6]');
    await page.locator('.large-map select').nth(3).selectOption('2');
    await settled(page);
    // Of many clicks in a row the last one counts.
    for (let time = 0; time < 5; time++) await page.locator('.large').press('ArrowLeft');
    await settled(page);
    expect(await heading()).toBe('y[2,2,6,1]');
    const spoken = await page.textContent('.number [aria-live]');
    expect(spoken).toMatch(/^conv 2, output, image 2, channel 2, row 6, column 1 is .*× .*…/);
    await page.context().close();
  });

  it('opens a link to the same number, and refuses one that there is not', async () => {
    const hash = 'room=numbers&net=2s2p1&batch=3&labels=10';
    const page = await open({ hash: `${hash}&numbers.parts=8&numbers.at=2.mean.1` });
    await settled(page);
    const value = await page.textContent('.number h2');
    expect(value).toMatch(/^μ\[1\] = /);
    await page.reload();
    await settled(page);
    expect(await page.textContent('.number h2')).toBe(value);
    for (const [fields, said] of [
      ['numbers.parts=1&numbers.at=0.output.9.9.9.9', 'There is no number 0.output.9.9.9.9'],
      ['numbers.parts=1&numbers.at=0.weightGradient.0.0.0.0', 'There is no number 0.weightGradient.0.0.0.0'],
      ['numbers.parts=1&numbers.at=0.constructor', 'There is no number 0.constructor'],
      [
        `numbers.at=${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
        'it names a number as LAYER.TENSOR',
      ],
      ['numbers.parts=1e9', '“numbers.parts” is “1e9”'],
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(`${hash}&${fields}`)}`);
      await expect
        .poll(() => page.getByRole('alert').allTextContents(), { timeout: 30_000 })
        .toEqual([expect.stringContaining(said)]);
    }
    await page.context().close();
  });

  const ways = [
    ['wide and light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en' }],
    ['narrow, dark and German', { viewport: small, colorScheme: 'dark', locale: 'de' }],
    ['4K and dark', { viewport: { width: 3840, height: 2160 }, colorScheme: 'dark', locale: 'en' }],
  ] as const;
  it(`${ways.map(([name]) => name).join('; ')}: axe finds nothing, and nothing is cut off`, async () => {
    const page = await open({
      ...ways[0][1],
      bypassCSP: true,
      hash: 'room=numbers&numbers.parts=4&numbers.at=3.inputGradient.0.1.7.8',
    });
    const faults: string[] = [];
    for (const place of [
      '3.inputGradient.0.1.7.8',
      '0.weightGradient.2.0.1.1',
      '2.inputGradient.1.1.20.14',
      '10.outputGradient.1.1',
      '10.output.1.1',
      '5.weightAfter.3',
    ]) {
      await page.evaluate(`location.hash = location.hash.replace(/numbers.at=[^&]*/, 'numbers.at=${place}')`);
      await explains(page, place);
      for (const [name, way] of ways) {
        await showAs(page, way);
        for (const fault of await faultsOf(page)) faults.push(`${name}, ${place}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('has no errors', () => {
    expect(problems).toEqual([]);
  });
});
