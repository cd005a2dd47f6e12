import { encodeNpz } from '@glassbox/medmnist';
import { openRuntime } from '@glassbox/tensor-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { amount } from '../../../scripts/soak/amount.ts';
import { phantoms } from '../../src/playground/data.ts';
import { defaultState, fromAddress, type Spec } from '../../src/playground/spec.ts';
import { imagesIn } from '../../src/rooms/latent/confusion.ts';
import { Epochs, imagesOnDevice, type Look } from '../../src/rooms/latent/epochs.ts';
import { neighbourhoodsOf, planeOf, project } from '../../src/rooms/latent/projections.ts';
import type { EpochNews } from '../../src/rooms/latent/worker.ts';
import { describeClassroom, difference, faultsOf, goTo, showAs, small, until } from '../classroom.ts';

const count = 200;
const { images, labels } = phantoms('test', count);
/** Strokes of the brush, one after another. */
const strokes = amount(40, 400);
const quick = 'room=latent&net=4s2p1&labels=100&seed=5&latent.epochs=3';
const { state } = fromAddress('net=4s2p1&labels=100&seed=5');

/** The nets of all epochs, on a runtime that the caller ends. */
async function inNode(spec: Spec, last: number) {
  const runtime = await openRuntime({ device: 'wasm', threads: 2 });
  const epochs = new Epochs(runtime, spec);
  const test = imagesOnDevice(runtime, images);
  const evaluated = [];
  for (let epoch = 0; epoch <= last; epoch++) {
    await epochs.next();
    evaluated.push(await epochs.evaluate(epoch, test));
  }
  return { runtime, epochs, evaluated };
}

/** What the nets make of the images. Lists of numbers take seconds to come out of the page, typed arrays do not. */
const epochsOf = (page: Page) =>
  page.evaluate(`classroom.latent.epochs().map(({ epoch, embedding, probabilities }) =>
    ({ epoch, embedding, probabilities }))`) as Promise<
    Pick<EpochNews, 'epoch' | 'embedding' | 'probabilities'>[]
  >;

const ready = (page: Page, last: number) =>
  until(page, `globalThis.classroom.latent?.neighbourhoods().length > ${last}`);

/** The grey levels of a canvas. */
const greyOf = (page: Page, selector: string) =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('${selector}');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((_, i) => i % 4 === 0);
  })()`) as Promise<Uint8ClampedArray>;

const isXray = (grey: Uint8ClampedArray, n: number) =>
  grey.length === 784 && grey.every((value, i) => Math.abs(value - images[784 * n + i]) <= 1);

describeClassroom('the room of the latent space', ({ problems, open }) => {
  let trained: Page | undefined;

  /** The page with the nets of `quick`, as its address opens it: one for the tests that only look at them. */
  async function quickPage(): Promise<Page> {
    const page = trained ?? (await open({ hash: quick }));
    await ready(page, 3);
    trained = page;
    await goTo(page, quick);
    return page;
  }

  it('has the embeddings, probabilities and projections of the same nets in Node, bit for bit', async () => {
    const { runtime, evaluated } = await inNode(state.spec, 3);
    await runtime.destroy();
    const page = await quickPage();
    const seen = await epochsOf(page);
    expect(seen.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    for (const [epoch, { embedding, probabilities }] of evaluated.entries()) {
      expect(difference(seen[epoch].embedding, embedding)).toBeUndefined();
      expect(difference(seen[epoch].probabilities, probabilities)).toBeUndefined();
    }
    const plane = planeOf(evaluated[3].embedding, count);
    const projected = evaluated.map(({ embedding }) => project(embedding, count, plane));
    const drawn = (await page.evaluate(
      'classroom.latent.planes().map(({ layout }) => layout)',
    )) as (typeof projected)[number]['layout'][];
    expect(drawn.length).toBe(4);
    for (const [epoch, { layout }] of projected.entries())
      expect(difference(drawn[epoch], layout)).toBeUndefined();
    // Math.exp and Math.log differ in their last bits from one V8 to the next, and t-SNE enlarges that.
    const first = neighbourhoodsOf(evaluated[0].embedding, count, undefined, projected[0].layout);
    const second = neighbourhoodsOf(evaluated[1].embedding, count, first.layout, projected[1].layout);
    const [kl, neighbours] = (await page.evaluate(
      '(({ klDivergence, neighbours }) => [klDivergence, [...neighbours]])(classroom.latent.neighbourhoods()[1])',
    )) as [number, number[]];
    expect(Math.abs(kl / second.klDivergence - 1)).toBeLessThan(0.05);
    expect(neighbours).toEqual([...second.neighbours]);
  });

  it('shows the X-ray of a dot that is pointed at, by mouse and keyboard; a click keeps it', async () => {
    const page = await quickPage();
    await page.locator('.plot [data-image="17"]').dispatchEvent('pointerenter');
    await page.waitForSelector('.pointed[data-image="17"]');
    expect(isXray(await greyOf(page, '.pointed .xray canvas'), 17)).toBe(true);
    const { probabilities } = (await epochsOf(page))[3];
    const said = `${(100 * probabilities[17]).toFixed(1)} %`;
    expect(await page.textContent('.pointed dl')).toContain(said);
    await page.locator('.plot [data-image="17"]').click({ force: true });
    await until(page, `location.hash.includes('latent.image=17')`);
    await page.locator('.plot').dispatchEvent('pointerleave');
    expect(await page.locator('.pointed').getAttribute('data-image')).toBe('17');

    // The arrow goes to a dot on the right.
    const x = () => page.evaluate(`document.activeElement.getBoundingClientRect().x`) as Promise<number>;
    await page.locator('.plot [data-image="17"]').focus();
    const before = await x();
    await page.keyboard.press('ArrowRight');
    expect(await x()).toBeGreaterThan(before);
    const focused = await page.evaluate('document.activeElement.dataset.image');
    expect(await page.locator('.pointed').getAttribute('data-image')).toBe(focused);
  });

  it('goes from epoch to epoch, by slider and by itself; the address follows, and opens to the same', async () => {
    const page = await quickPage();
    const slider = page.getByRole('slider', { name: 'Epoch' });
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await page.textContent('#latent-epoch')).toBe('before training');
    const at = () => page.locator('.plot [data-image="3"]').getAttribute('style');
    const untrained = await at();
    await page.keyboard.press('ArrowRight');
    expect(await page.textContent('#latent-epoch')).toBe('epoch 1 of 3');
    expect(await at()).not.toBe(untrained);
    await page.getByRole('combobox', { name: 'projection' }).selectOption('tsne');
    await until(page, `location.hash.includes('latent.epoch=1&latent.projection=tsne')`);
    const layout = await at();
    await page.getByRole('button', { name: 'Play' }).click();
    await until(page, `classroom.latent.shown() === 3`);
    await page.getByRole('button', { name: 'Play' }).waitFor();

    const again = await open({ hash: `${quick}&latent.epoch=1&latent.projection=tsne` });
    await ready(again, 3);
    expect(await again.textContent('#latent-epoch')).toBe('epoch 1 of 3');
    expect(await again.locator('.plot [data-image="3"]').getAttribute('style')).toBe(layout);
    await again.context().close();
  });

  it('opens the images of each cell of the confusion matrix, the most confident first', async () => {
    const page = await quickPage();
    const { probabilities } = (await epochsOf(page))[3];
    const predictions = { labels: [...labels], probabilities: [...probabilities] };
    const shown = () =>
      page.evaluate(
        `[...document.querySelectorAll('.gallery [data-image]')].map((e) => Number(e.dataset.image))`,
      );
    const sorted = [...probabilities].sort((a, b) => a - b);
    for (const threshold of [0.5, Math.round(100 * sorted[80]) / 100]) {
      await page.getByRole('slider', { name: 'pneumonia from' }).fill(String(threshold));
      for (const truth of [0, 1]) {
        for (const predicted of [0, 1]) {
          const expected = imagesIn(predictions, threshold, { truth, predicted });
          const cell = page.locator(`[data-cell="${truth}${predicted}"]`);
          await cell.click();
          expect(await cell.locator('b').textContent()).toBe(String(expected.length));
          expect(await shown()).toEqual(expected);
        }
      }
    }
    const found = imagesIn(predictions, 0.5, { truth: 1, predicted: 1 });
    await page.getByRole('slider', { name: 'pneumonia from' }).fill('0.5');
    expect(await page.textContent('#latent-sensitivity')).toBe(
      `${((100 * found.length) / labels.filter((label) => label === 1).length).toFixed(1)} %`,
    );
    await page.locator('.gallery [data-image]').first().click();
    const [first] = found;
    await until(
      page,
      `document.querySelector('#easel').getAttribute('aria-label').startsWith('X-ray ${first + 1}:')`,
    );
    expect(isXray(await greyOf(page, '#easel canvas'), first)).toBe(true);
  });

  it('a brushed lesion raises the probability; what is shown is what Node computes of the same pixels', async () => {
    const normal = labels.indexOf(0);
    const last = 6;
    const { runtime, epochs } = await inNode(defaultState.spec, last);
    const page = await open({
      hash: `room=latent&latent.epochs=${last}&latent.image=${normal}`,
      viewport: { width: 1280, height: 1800 },
    });
    const xray = images.slice(784 * normal, 784 * (normal + 1));
    const before = (await epochs.look(last, xray, { target: 1, layer: undefined })).probabilities[1];
    await until(page, `globalThis.classroom?.latent?.look()?.probabilities[1] === ${before}`);
    await page.getByRole('slider', { name: 'radius' }).fill('5');
    await page.getByRole('slider', { name: 'opacity', exact: true }).fill('0.7');
    const easel = page.locator('#easel');
    await easel.scrollIntoViewIfNeeded();
    const box = (await easel.boundingBox())!;
    const at = (x: number, y: number) =>
      [box.x + (box.width * x) / 28, box.y + (box.height * y) / 28] as const;
    await page.mouse.move(...at(8, 13));
    await page.mouse.down();
    await page.mouse.move(...at(9, 18), { steps: 4 });
    await page.mouse.up();
    await page.getByRole('combobox', { name: 'layer' }).selectOption('3');
    await until(page, `classroom.latent.look().layer.index === 3`);

    const pixels = Uint8Array.from(
      (await page.evaluate('[...classroom.latent.pixels()]')) as number[],
      Math.round,
    );
    const expected = await epochs.look(last, pixels, { target: 1, layer: 3 });
    const plain = (found: Look) => ({
      probabilities: [...found.probabilities],
      gradient: Object.values(found.gradient),
      cam: Object.values(found.cam.values),
      maps: Object.values(found.maps.values),
    });
    expect(plain((await page.evaluate('classroom.latent.look()')) as Look)).toEqual(plain(expected));
    await runtime.destroy();
    expect(expected.probabilities[1]).toBeGreaterThan(before + 0.1);
    expect(await page.textContent('#painted')).toBe(`${(100 * expected.probabilities[1]).toFixed(1)} %`);
    expect(await page.textContent('#painted-change')).toMatch(/^\+\d/);
    await page.getByRole('button', { name: 'Undo' }).click();
    await until(page, `classroom.latent.look().probabilities[1] === ${before}`);

    // With the keyboard: the brush moves, the space bar paints.
    await easel.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await until(page, `classroom.latent.look().probabilities[1] > ${before}`);
    await page.getByRole('button', { name: 'Original' }).click();
    await until(page, `classroom.latent.look().probabilities[1] === ${before}`);

    await ready(page, last);
    // How long it takes from a stroke to the frame that shows what the net says of it.
    const taken = (await page.evaluate(`(async () => {
      const { paintTo, latencies } = classroom.latent;
      latencies.length = 0;
      for (let n = 0; n < ${strokes}; n++) {
        paintTo({ x: 4 + (n % 20), y: 6 + n / 8 });
        while (latencies.length <= n) await new Promise((done) => setTimeout(done));
      }
      return latencies.sort((a, b) => a - b);
    })()`)) as number[];
    expect(taken.length).toBe(strokes);
    const [median, most] = [0.5, 0.95].map((share) => taken[Math.floor(share * strokes)].toFixed(0));
    console.log(
      `From stroke to picture, ${strokes} strokes: median ${median} ms, 95th percentile ${most} ms`,
    );
    await page.context().close();
  });

  it('shows somebody’s own images to the nets, says what is wrong with an address, and refuses wide nets', async () => {
    const page = await open({ hash: `${quick}&latent.epoch=-1&latent.frobnicate=<b>` });
    await ready(page, 3);
    const alert = await page.getByRole('alert').textContent();
    expect(alert).toContain('“latent.epoch” is “-1”; it can be 0 – 60.');
    expect(alert).toContain('“latent.frobnicate” is no setting.');
    const own = phantoms('train', 6);
    const npz = await encodeNpz({ test_images: { dtype: 'u8', shape: [6, 28, 28], data: own.images } });
    await page
      .locator('input[type="file"]')
      .setInputFiles([{ name: 'own.npz', mimeType: 'application/zip', buffer: Buffer.from(npz) }]);
    await until(page, `classroom.latent.neighbourhoods()[3]?.layout.length === 12`);
    const { runtime, epochs } = await inNode(state.spec, 3);
    const { probabilities } = await epochs.evaluate(3, imagesOnDevice(runtime, own.images));
    await runtime.destroy();
    expect(difference((await epochsOf(page))[3].probabilities, probabilities)).toBeUndefined();
    expect(await page.textContent('.matrix')).toContain('The truth of these X-rays is not known');
    await page.evaluate(`location.hash = 'room=latent&net=32s1p1'`);
    await until(page, `document.querySelector('main').textContent.includes('25,088 features')`);
    await page.context().close();
  });

  const ways = [
    ['wide and light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en' }],
    ['narrow, dark and German', { viewport: small, colorScheme: 'dark', locale: 'de' }],
  ] as const;
  it(`${ways.map(([name]) => name).join('; ')}: axe finds nothing, and nothing is cut off`, async () => {
    const page = await open({ ...ways[0][1], hash: `${quick}&latent.image=1`, bypassCSP: true });
    await ready(page, 3);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await page.waitForSelector('details table');
    for (const [name, way] of ways) {
      await showAs(page, way);
      expect([name, await faultsOf(page)]).toEqual([name, []]);
    }
    await page.context().close();
    expect(problems).toEqual([]);
  });
});
