import { subjectOf } from '@glassbox/benchmarks/kernel';
import { machines } from '@glassbox/wgsl-kernels';
import { lineMap } from '@glassbox/wgsl-wasm/line-map';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { defaultState } from '../../src/playground/spec.ts';
import { fromPageAddress, toPageAddress } from '../../src/rooms/address.ts';
import { fromFields, type RoomState, type Target, toFields } from '../../src/rooms/time/target.ts';
import { describeClassroom, faultsOf, showAs, small, until } from '../classroom.ts';

const target: Target = { kind: 'kernel', name: 'addForward', shape: [4, 8] };
const { wgsl } = subjectOf(target, machines.cpu).builtIn;

/** The address of the room in a state. */
function addressOf(state: Partial<RoomState> = {}): string {
  const all = toFields({ target, text: undefined, grid: '', ...state });
  const fields = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[`time.${name}`, value]])),
  );
  return toPageAddress({ room: 'time', playground: defaultState, fields });
}

/** What the page's address says now. */
const stateOf = (page: Page) => fromFields(fromPageAddress(new URL(page.url()).hash.slice(1)).fields);

const ready = (page: Page) => until(page, "document.querySelector('#time-measure')?.disabled === false");
const result = (page: Page) => until(page, "document.querySelector('#time-result')");

/** Puts the cursor of the first editor to a line. */
async function toLine(page: Page, line: number): Promise<void> {
  const editor = page.locator('.beside .cm-content').first();
  await editor.focus();
  await page.keyboard.press('Control+Home');
  for (let n = 1; n < line; n++) await page.keyboard.press('ArrowDown');
}

async function replaceText(page: Page, text: string): Promise<void> {
  await page.locator('.beside .cm-content').first().focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

describeClassroom('the room from text to time', ({ problems, open }) => {
  it('shows the text beside its WebAssembly, and marks what belongs together as the cursor moves', async () => {
    const page = await open({ hash: addressOf() });
    await ready(page);
    expect(await page.textContent('#time-about')).toContain('addForward 4x8');
    expect(await page.textContent('#time-device')).toMatch(/^wasm, \d+ threads/);
    const { text, lines } = lineMap(wgsl);
    const heads = await page.locator('.side h3').allTextContents();
    expect(heads[0]).toContain(`${wgsl.split('\n').length} lines`);
    expect(heads[1]).toContain(`${text.length} lines`);
    const line = wgsl.split('\n').findIndex((each) => each.includes('y[')) + 1;
    const count = lines.filter((each) => each === line).length;
    expect(count).toBeGreaterThan(3);
    await toLine(page, line);
    await until(page, `document.querySelector('#time-pointed').textContent.includes('Line ${line} ')`);
    expect(await page.textContent('#time-pointed')).toBe(`Line ${line} of the WGSL: ${count} instructions`);
    // The first of them is in view, and marked.
    const first = text[lines.indexOf(line)].trim();
    const marked = page.locator('.side:last-child .cm-marked');
    await expect.poll(() => marked.count()).toBeGreaterThan(0);
    expect((await marked.first().textContent())?.trim()).toBe(first);

    // And from the WebAssembly to the text.
    await page.keyboard.press('Control+Home');
    await until(page, "document.querySelector('#time-pointed').textContent.includes('Line 1 ')");
    await page.locator('.side:last-child .cm-line', { hasText: 'f32x4.add' }).first().hover();
    await until(page, "document.querySelectorAll('.side:first-child .cm-marked').length === 1");
    await page.mouse.move(0, 0);
    await page.locator('.side:last-child .cm-content').focus();
    await page.keyboard.press('Control+End');
    await until(page, "document.querySelector('#time-pointed').textContent.includes('nowhere')");
    await page.context().close();
  });

  it('opens a link to kernel, shapes and text, and keeps the address up to date', async () => {
    const text = `// mine\n${wgsl}`;
    const page = await open({ hash: addressOf({ text, grid: '8x1x1' }) });
    await ready(page);
    expect(stateOf(page)).toEqual({ target, text, grid: '8x1x1', problems: [] });
    await page.getByRole('button', { name: 'Back to the built-in text' }).click();
    await until(page, "!location.hash.includes('time.text')");
    await page.selectOption('#time-of-net', { label: 'conv 2, gradient of its weights' });
    await until(page, "location.hash.includes('conv2dWeightGradient')");
    expect(stateOf(page)).toMatchObject({
      target: {
        name: 'conv2dWeightGradient',
        shape: [32, 8, 28, 28],
        choices: { outChannels: 8, stride: 2 },
      },
      text: undefined,
      grid: '',
    });
    await page.selectOption('#time-kernel', 'ladder-matmul-3');
    await until(page, "document.querySelector('#time-about').textContent.includes('matmul, 3')");
    expect(await page.isDisabled('#time-measure')).toBe(true);
    await until(page, "location.hash.includes('ladder-matmul-3')");
    await page.reload();
    await until(page, "document.querySelector('#time-about')?.textContent.includes('matmul, 3')");
    await page.context().close();
  });

  it('goes back to the built-in text before the device is open, which brings it', async () => {
    // comlink's calls are messages with a path; that which opens the device waits for `release`.
    const script = `
      globalThis.Worker = class extends Worker {
        postMessage(message, ...rest) {
          if (message?.path?.[0] !== 'open') return super.postMessage(message, ...rest);
          globalThis.release = () => super.postMessage(message, ...rest);
        }
      };
    `;
    const page = await open({ hash: addressOf({ text: `// mine\n${wgsl}` }), script });
    await page.getByRole('button', { name: 'Back to the built-in text' }).click();
    await until(page, "!location.hash.includes('time.text')");
    await page.evaluate('release()');
    await ready(page);
    expect(stateOf(page)).toMatchObject({ target, text: undefined });
    expect(await page.locator('.side h3').first().textContent()).toContain(
      `${wgsl.split('\n').length} lines`,
    );
    await page.context().close();
  });

  it('shows compile errors on their line, and a text that does not fit the kernel', async () => {
    const page = await open({ hash: addressOf() });
    await ready(page);
    const lines = wgsl.split('\n');
    const at = lines.findIndex((line) => line.startsWith('fn main')) + 1;
    await replaceText(page, lines.toSpliced(at, 0, '  let half = 1 + true;').join('\n'));
    await until(page, "document.querySelector('#time-errors')");
    const said = await page.textContent('#time-errors');
    expect(said).toContain(`${at + 1}:14: `);
    expect(said).toContain('let half = 1 + true;');
    expect(await page.isDisabled('#time-measure')).toBe(true);

    await replaceText(page, wgsl.replace('b: array', 'other: array').replaceAll(/\bb\[/g, 'other['));
    await ready(page);
    await page.click('#time-measure');
    await result(page);
    expect(await page.textContent('#time-result')).toContain('Binding 1 differs');
    await page.context().close();
  });

  it('does not time a kernel that is wrong, and names the element', async () => {
    const page = await open({ hash: addressOf({ text: wgsl.replace(/(y\[\w+\] = )([^;]+);/, '$1-($2);') }) });
    await ready(page);
    await page.click('#time-measure');
    await result(page);
    expect(await page.textContent('#time-result')).toMatch(
      /^The own kernel is wrong, and is not timed: y\[0, 0\] is -?[\d.]+, and -?[\d.]+ was expected\. 32 of 32/,
    );
    await page.context().close();
  });

  it('measures both in turns; the copies hold the figures, and the link opens the same', async () => {
    const page = await open({
      hash: addressOf({ text: `// mine\n${wgsl}` }),
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await ready(page);
    await page.getByLabel('Rounds').selectOption('10');
    await page.click('#time-measure');
    await result(page);
    expect(await page.textContent('#time-result')).toMatch(
      /Both kernels are right\. The own kernel is [\d.]+ times/,
    );
    const copied = async (name: string) => {
      await page.getByRole('button', { name }).click();
      await expect.poll(() => page.textContent('body')).toMatch(/Copied|Link copied/);
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const { comparison } = JSON.parse(await copied('Copy as JSON'));
    expect(comparison).toMatchObject({
      kernel: 'addForward',
      shape: [4, 8],
      rounds: 10,
      wgsl: `// mine\n${wgsl}`,
    });
    const markdown = await copied('Copy as Markdown');
    expect(markdown).toContain('### addForward 4x8, wasm');
    expect(markdown).toContain('| built-in |');
    const link = await copied('Copy link');
    const other = await open({ hash: new URL(link).hash.slice(1) });
    await ready(other);
    expect(stateOf(other)).toEqual({ target, text: `// mine\n${wgsl}`, grid: '', problems: [] });
    await other.context().close();
    await page.context().close();
  });

  it('runs the ladder while the page stays alive', async () => {
    const page = await open({ hash: addressOf() });
    await ready(page);
    await page.getByLabel('Computation').selectOption('matmul');
    await page.evaluate(
      'globalThis.frames60 = 0; (function next() { frames60++; requestAnimationFrame(next); })()',
    );
    await page.click('#time-climb');
    await until(page, "document.querySelector('.ladder progress')");
    await page.evaluate('frames60 = 0');
    await until(page, "document.querySelector('#time-rungs')");
    expect(await page.evaluate('frames60')).toBeGreaterThan(10);
    expect(await page.locator('#time-rungs tbody tr').count()).toBe(6);
    await until(page, "document.querySelectorAll('.ladder svg').length === 2");
    // What is running can be stopped, and run again.
    await page.click('#time-climb');
    await page.getByRole('button', { name: 'Stop' }).click();
    await until(page, "document.querySelector('#time-climb').disabled === false");
    expect(await page.locator('.trouble').count()).toBe(0);
    await page.context().close();
  });

  it('ends a kernel that runs for ever, says so, and measures the next one', async () => {
    const endless = wgsl.replace(/(y\[\w+\] = )/, 'while (y[0].x < 1e30) { y[1].x += 0.0; }\n  $1');
    const page = await open({ hash: addressOf({ text: endless }) });
    await ready(page);
    await page.click('#time-measure');
    await until(page, "document.querySelector('.trouble')?.textContent.includes('does not end')");
    await page.getByRole('button', { name: 'Back to the built-in text' }).click();
    await ready(page);
    await page.getByLabel('Rounds').selectOption('10');
    await page.click('#time-measure');
    await result(page);
    expect(await page.textContent('#time-result')).toContain('Both kernels are right.');
    await page.context().close();
  });

  it('says what of a made-up address it cannot use, and of shapes that fit no kernel', async () => {
    const page = await open({
      hash: 'room=time&time.kernel=conv9d&time.text=AAAA&time.shape=1x-2&time.grid=x&time.choices=stride',
    });
    await ready(page);
    const said = await page.locator('.room-time [role="alert"]').first().textContent();
    for (const field of ['kernel', 'text', 'shape', 'grid', 'choices'])
      expect(said).toContain(`time.${field}`);
    const other = await open({ hash: 'room=time&time.kernel=matmul&time.shape=99999x99999x99999' });
    await until(other, "document.querySelector('.trouble')?.textContent.includes('too many to be checked')");
    await other.selectOption('#time-kernel', 'reluForward');
    await ready(other);
    await until(other, "!document.querySelector('.trouble')");
    await page.context().close();
    await other.context().close();
  });

  it('is accessible and fits, in light and dark, English and German', async () => {
    const page = await open({ hash: addressOf({ text: wgsl.replace('y[', 'z[') }), bypassCSP: true });
    const fits = async (viewport: { width: number; height: number }) => {
      for (const [colorScheme, locale] of [
        ['light', 'en'],
        ['dark', 'de'],
      ] as const) {
        await showAs(page, { viewport, colorScheme, locale });
        expect([viewport, colorScheme, await faultsOf(page)]).toEqual([viewport, colorScheme, []]);
      }
    };
    await until(page, "document.querySelector('#time-errors')");
    await fits(small);
    await page.getByRole('button', { name: /Back to|Zurück/ }).click();
    await ready(page);
    await page.setViewportSize({ width: 3840, height: 2160 });
    await page.click('#time-climb');
    await until(page, "document.querySelector('#time-rungs')");
    await until(page, "document.querySelectorAll('.ladder svg').length === 2");
    await fits({ width: 3840, height: 2160 });
    await fits(small);
    await page.context().close();
  });

  it('throws no error', () => {
    expect(problems).toEqual([]);
  });
});
