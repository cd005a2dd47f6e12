import { encodeNpz, montagePng } from '@glassbox/medmnist';
import { examples, gatherBatch, type Module } from '@glassbox/nn';
import { noGrad, openRuntime, type Tensor, tensor } from '@glassbox/tensor-core';
import { expect, it } from 'vitest';
import { smallText } from '../../packages/experiments/test/browser/checks.ts';
import { serveSite } from '../site.ts';
import { phantoms } from '../src/playground/data.ts';
import { defaultState, fromAddress, type PlaygroundState, toAddress } from '../src/playground/spec.ts';
import { Training } from '../src/playground/training.ts';
import { atStep, describeClassroom, faultsOf, showAs, small, snapshot, until } from './classroom.ts';

/** Losses, fingerprint and maps of the same training in Node. */
async function inNode({ spec, steps, image }: PlaygroundState) {
  const runtime = await openRuntime({ device: 'wasm', threads: 2 });
  const training = new Training(runtime, spec);
  for (let step = 0; step < steps; step++) await training.step();
  const { images } = phantoms('test', image + 1);
  const data = examples(runtime, { images: images.subarray(image * 784), shape: [1, 28, 28] });
  training.net.eval();
  const maps: number[][] = [];
  let x: Tensor = gatherBatch(data, tensor(runtime, [0], [1], { dtype: 'u32' })).images;
  for (const layer of training.net.layers as readonly (Module & { forward(x: Tensor): Tensor })[]) {
    x = noGrad(() => layer.forward(x));
    maps.push([...(await x.array())]);
  }
  const result = { trace: training.trace, maps };
  await runtime.destroy();
  return result;
}

describeClassroom('the classroom in a browser', (classroom) => {
  const { problems, open } = classroom;
  it('opens an address to the same bits as Node: the losses, and every map', async () => {
    const state: PlaygroundState = {
      spec: {
        ...defaultState.spec,
        blocks: [{ channels: 5, stride: 2, padding: 1 }],
        dropout: 0.25,
        seed: 7,
      },
      steps: 23,
      image: 3,
    };
    const expected = await inNode(state);
    const page = await open({ hash: toAddress(state) });
    await atStep(page, 23);
    expect(await page.textContent('#trace')).toBe(expected.trace);
    expect(await page.textContent('#device')).toMatch(/^WebAssembly, \d+ threads/);
    const seen = (await page.evaluate(
      'classroom.snapshot().walk.layers.map(({ output }) => [...output.values])',
    )) as number[][];
    expect(seen).toEqual(expected.maps);

    // A pixel that is pointed at shows its value; arrow keys move on.
    await page.locator('[data-layer="0"] [data-channel="2"]').click();
    await page.locator('.large').press('ArrowRight');
    const name = await page.locator('.large').getAttribute('aria-label');
    const [, row, column] = name!.match(/row (\d+), column (\d+)/)!.map(Number);
    const value = seen[0][2 * 14 * 14 + (row - 1) * 14 + (column - 1)];
    expect(await page.textContent('.value b')).toBe(
      value.toLocaleString('en', { minimumFractionDigits: 4, maximumFractionDigits: 4 }),
    );
    await page.context().close();
  });

  it('plays, pauses, steps and starts anew; the address follows, and a reload goes on', async () => {
    const page = await open();
    await atStep(page, 0);
    const untrained = await snapshot(page);
    await page.getByRole('button', { name: 'Play' }).click();
    await until(page, 'classroom.snapshot().steps >= 5');
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(page, '!classroom.snapshot().playing');
    const paused = await snapshot(page);
    expect(paused.walk.layers[0].output).not.toEqual(untrained.walk.layers[0].output);
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, paused.steps + 1);
    const { state } = fromAddress(new URL(page.url()).hash.slice(1));
    expect(state).toEqual({ ...defaultState, steps: paused.steps + 1 });
    const { trace } = await inNode(state);
    expect((await snapshot(page)).trace).toBe(trace);
    await page.reload();
    await atStep(page, state.steps);
    expect((await snapshot(page)).trace).toBe(trace);
    await page.getByLabel('learning rate').selectOption('0.1');
    await atStep(page, 0);
    expect(page.url()).toContain('lr=0.1');
    await page.context().close();
  });

  it('says what is wrong with an address', async () => {
    const page = await open({ hash: 'lr=-3&net=8s1p1&frobnicate=<b>' });
    await atStep(page, 0);
    const alert = await page.getByRole('alert').textContent();
    expect(alert).toContain('“lr” is “-3”; it can be 0 – 10.');
    expect(alert).toContain('“frobnicate” is no setting.');
    expect(await page.locator('[data-layer]').count()).toBe(1 + 5);
    await page.context().close();
  });

  it('shows images that are opened, and says which files it cannot read', async () => {
    const page = await open();
    await atStep(page, 0);
    const { images, labels } = phantoms('train', 3);
    const png = montagePng(
      { images: images.subarray(0, 784), imageSize: 28, channels: 1 },
      { scale: 1, gap: 0 },
    );
    const npz = await encodeNpz({
      test_images: { dtype: 'u8', shape: [3, 28, 28], data: images },
      test_labels: { dtype: 'u8', shape: [3, 1], data: labels },
    });
    await page
      .locator('input[type="file"]')
      .first()
      .setInputFiles([
        { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(png) },
        { name: 'b.npz', mimeType: 'application/zip', buffer: Buffer.from(npz) },
        { name: 'c.png', mimeType: 'image/png', buffer: Buffer.from('no image') },
        { name: 'd.npz', mimeType: 'application/zip', buffer: Buffer.from('PK no zip') },
      ]);
    // Until then the generated X-rays are there, which are more.
    await until(page, `document.querySelectorAll('.thumbs .tile').length === 4`);
    const said = await page.getByRole('status').textContent();
    expect(said).toContain('c.png is no image');
    expect(said).toContain('d.npz: ');
    await page.locator('.thumbs .tile').nth(2).click();
    const bytes = [...images.subarray(784, 2 * 784)];
    await until(
      page,
      `(() => {
      const seen = classroom.snapshot().walk.input.values;
      return ${JSON.stringify(bytes)}.every((byte, i) => Math.abs(seen[i] - (byte / 127.5 - 1)) < 1e-6);
    })()`,
    );
    await page.context().close();
  });

  it.each([
    ['wide and light, narrow and dark', 'en'],
    ['wide, dark and German, narrow and light', 'de'],
  ])('%s: axe finds nothing, and nothing is cut off', async (_, locale) => {
    const wide = { width: 1280, height: 800 };
    const schemes = locale === 'en' ? (['light', 'dark'] as const) : (['dark', 'light'] as const);
    const page = await open({ viewport: wide, colorScheme: schemes[0], locale, bypassCSP: true });
    await atStep(page, 0);
    await page.waitForSelector('.plot svg');
    for (const [at, viewport] of [wide, small].entries()) {
      await showAs(page, { viewport, colorScheme: schemes[at] });
      expect([viewport, await faultsOf(page)]).toEqual([viewport, []]);
      expect([viewport, await smallText(page, 11)]).toEqual([viewport, []]);
    }
    await page.context().close();
  });

  it('opens the device of the net as soon as its room is seen, with what the address asks for then', async () => {
    const page = await open({ hash: 'net=4s2p1&batch=8&labels=32&steps=3&room=numbers&numbers.parts=1' });
    await until(page, `document.querySelector('.lesson tbody tr')`);
    expect(await snapshot(page)).toBeUndefined();
    expect(new URL(page.url()).hash).toContain('steps=3');
    await page.evaluate(`location.hash = location.hash.replace('steps=3', 'steps=2')`);
    await page.getByRole('combobox', { name: 'Device' }).selectOption('wasm');
    await page.getByLabel('Language').selectOption('de');
    await page.getByLabel('Sprache').selectOption('en');
    expect(await snapshot(page)).toBeUndefined();
    await page.getByRole('button', { name: 'The net', exact: true }).click();
    await atStep(page, 2);
    expect(await page.locator('[data-layer]').count()).toBe(1 + 5);
    await expect.poll(() => new URL(page.url()).hash).toContain('steps=2');
    expect(new URL(page.url()).hash).toContain('net=4s2p1');
    await page.context().close();
  });

  it('leads the keyboard past the bar of rooms, and shows where it is', async () => {
    const page = await open();
    await atStep(page, 0);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('button', { name: 'Skip to the room' });
    expect(await skip.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await skip.evaluate((button) => getComputedStyle(button).clipPath)).toBe('none');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Play');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.context().close();
  });

  it('prefers WebAssembly to a software adapter, and says so of one that is chosen', async () => {
    const page = await open({ hash: 'net=1s3p0&labels=10&batch=1&steps=1' });
    await atStep(page, 1);
    expect(await page.textContent('#device')).toContain('WebAssembly');
    await page.getByRole('combobox', { name: 'Device' }).selectOption('webgpu');
    await until(page, `document.querySelector('#device strong')`);
    expect(await page.textContent('#device')).toMatch(/^WebGPU, .*This adapter is software/);
    await page.context().close();
  });

  it('on a host without headers: isolates itself, and works offline after one load', async () => {
    const plain = await serveSite(classroom.out, { port: 0, isolated: false });
    const page = await open({ url: plain.url, serviceWorkers: 'allow' });
    await until(page, 'crossOriginIsolated && navigator.serviceWorker.controller');
    await atStep(page, 0);
    await plain.close();
    await expect(fetch(plain.url)).rejects.toThrow();
    await page.reload();
    await page.getByRole('button', { name: 'One step' }).click();
    await atStep(page, 1);
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await page.context().close();
  });

  it('lets nothing out: a request to elsewhere is refused', async () => {
    const page = await open();
    const refused = await page.evaluate(`fetch('https://example.org/').then(() => false, () => true)`);
    expect(refused).toBe(true);
    await page.context().close();
    expect(problems.filter((problem) => !/example\.org|Content Security Policy/.test(problem))).toEqual([]);
  });
});
