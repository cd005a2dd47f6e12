import { openRuntime } from '@glassbox/tensor-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { defaultState, toAddress } from '../../src/playground/spec.ts';
import { Training } from '../../src/playground/training.ts';
import { toLetters } from '../../src/rooms/kernel/text-address.ts';
import type { Curves } from '../../src/rooms/kernel/training.ts';
import type { KernelInfo, Verdict } from '../../src/rooms/kernel/types.ts';
import { describeClassroom, faultsOf, showAs, small, until } from '../classroom.ts';

/** A small net, which is quickly ready. */
const spec = {
  ...defaultState.spec,
  batch: 8,
  labels: 64,
  blocks: [
    { channels: 4, stride: 2, padding: 1 },
    { channels: 8, stride: 2, padding: 1 },
  ],
};
const net = toAddress({ ...defaultState, spec });
const inRoom = `room=kernel&${net}`;

const state = (page: Page, wanted: string) =>
  until(page, `document.querySelector('[data-verdict="${wanted}"]')`);
const chosen = (page: Page) => page.evaluate('kernelRoom.chosen()') as Promise<KernelInfo>;
const verdict = (page: Page) => page.evaluate('kernelRoom.verdict()') as Promise<Verdict>;
const status = (page: Page) => page.locator('.verdict [role="status"]').textContent();

/** Types in the editor, after the first place of a text that is on the screen or below. */
async function type(page: Page, after: string, typed: string): Promise<void> {
  const line = page.locator('.cm-line', { hasText: after }).first();
  const scroller = page.locator('.cm-scroller');
  for (let at = 0; at < 40 && (await line.count()) === 0; at++) {
    await scroller.evaluate((element) => element.scrollBy(0, 200));
    await page.waitForTimeout(30);
  }
  await line.click();
  await page.keyboard.press('End');
  await page.keyboard.type(typed);
}

describeClassroom('the room of one kernel', ({ problems, open }) => {
  it('is green, turns red with the element as somebody types, and is green again when it is reverted', async () => {
    const page = await open({ hash: inRoom });
    await state(page, 'green');
    expect(await chosen(page)).toMatchObject({ id: 'conv2dForward-conv2', stage: 'forward' });
    await type(page, 'let at0 =', ' + 0u');
    await state(page, 'red'); // no semicolon before it
    expect(await status(page)).toMatch(/cannot be compiled.*Line \d+, column \d+/);
    for (let at = 0; at < 5; at++) await page.keyboard.press('Backspace');
    await state(page, 'green');

    await page.getByRole('button', { name: 'Turn a sign' }).click();
    await state(page, 'red');
    const found = await verdict(page);
    if (found.kind !== 'judged') throw new Error(JSON.stringify(found));
    const { name, first, wrong, elements } = found.outputs.find((each) => each.wrong > 0)!;
    const says = await status(page);
    expect(says).toContain(
      `${wrong.toLocaleString('en')} of ${elements.toLocaleString('en')} elements are wrong`,
    );
    expect(says).toContain(`${name}[${first!.index.join(', ')}]`);
    expect(await page.locator('.cm-marked').count()).toBe(1);

    // The address holds the text: a reload, and somebody else, see the same.
    await until(page, 'location.hash.includes("kernel.text=")');
    const text = await page.evaluate('kernelRoom.text()');
    await page.reload();
    await state(page, 'red');
    expect(await page.evaluate('kernelRoom.text()')).toBe(text);
    expect(await verdict(page)).toMatchObject({ kind: 'judged', green: false });

    await page.getByRole('button', { name: 'Revert' }).click();
    await state(page, 'green');
    await until(page, '!location.hash.includes("kernel.text=")');
    await page.context().close();
  });

  it('shows a mistake in the text on its line', async () => {
    const page = await open({ hash: inRoom });
    await state(page, 'green');
    await page.getByRole('button', { name: 'Lose a semicolon' }).click();
    await state(page, 'red');
    const found = await verdict(page);
    if (found.kind !== 'text') throw new Error(JSON.stringify(found));
    expect(await status(page)).toContain(`Line ${found.messages[0].line}`);
    const text = (await page.evaluate('kernelRoom.text()')) as string;
    expect(text.slice(0, found.messages[0].from).split('\n').length).toBe(found.messages[0].line);
    await until(
      page,
      'document.querySelector(".cm-lintRange-error") && document.querySelector(".cm-lint-marker")',
    );
    await page.context().close();
  });

  it('checks gradients by differences, too', async () => {
    const page = await open({ hash: `${inRoom}&kernel.of=conv2dWeightGradient-conv2` });
    await state(page, 'green');
    await until(page, 'document.querySelectorAll(".quotients tbody tr").length >= 3');
    expect(await page.locator('.quotients .wrong').count()).toBe(0);
    await page.getByRole('button', { name: 'Wrong channel' }).click();
    await state(page, 'red');
    await until(page, 'kernelRoom.verdict()?.differences?.length >= 3');
    await page.context().close();
  });

  it('ends a kernel that runs for longer than a second; the page lives', async () => {
    const page = await open({ hash: inRoom });
    await state(page, 'green');
    const { wgsl } = await chosen(page);
    // Each invocation ends, but all of them take minutes.
    const slow = wgsl
      .replace(
        /(?<=let i = id\.x;\n)/,
        '  var spent = i;\n  while (spent % 1000003u != 1000002u || spent < 30000000u) { spent += 1u; }\n',
      )
      .replace(/\}\n$/, '  if (spent == 1u) { y[0] = vec4<f32>(); }\n}\n');
    await page.evaluate(`globalThis.alive = 0; setInterval(() => alive++, 10)`);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(slow);
    await until(page, 'kernelRoom.verdict()?.kind === "ended"');
    expect(await status(page)).toContain('conv2dForward ran for longer than a second');
    expect(await page.evaluate('alive')).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Revert' }).click();
    await state(page, 'green');
    // One that never ends is found by its own loop.
    await page.getByRole('button', { name: 'Loop for ever' }).click();
    await state(page, 'red');
    expect(await status(page)).toMatch(/does not end|ran for longer/);
    await page.getByRole('button', { name: 'Revert' }).click();
    await state(page, 'green');
    await page.context().close();
  });

  it('trains with the text beside the net as it is, which has the bits of the room of the net', async () => {
    const page = await open({ hash: inRoom });
    await state(page, 'green');
    await page.getByRole('button', { name: 'Forget the bias' }).click();
    await state(page, 'red');
    await page.getByRole('button', { name: 'Train both' }).click();
    await until(page, 'kernelRoom.curves().right.length >= 12');
    await until(page, 'document.querySelector("#rivals-trace") && document.querySelector(".training svg")');
    const { right, edited, trace } = (await page.evaluate('kernelRoom.curves()')) as Curves;
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const training = new Training(runtime, spec);
    const losses: number[] = [];
    for (let step = 0; step < right.length; step++) losses.push(await training.step());
    expect(right).toEqual(losses);
    expect(trace).toBe(training.trace);
    await runtime.destroy();
    expect(edited.length).toBe(right.length);
    expect(edited).not.toEqual(right);
    await page.context().close();
  });

  it('says what is wrong with an address', async () => {
    const hash = `${inRoom}&kernel.of=frobnicate&kernel.text=${toLetters('let x')}`;
    const page = await open({ hash });
    await state(page, 'green');
    expect(await page.getByRole('alert').textContent()).toContain('“kernel.of” is “frobnicate”');
    const other = await open({ hash: `${inRoom}&kernel.of=conv2dForward-conv1&kernel.text=AAAA` });
    await state(other, 'green');
    expect(await other.getByRole('alert').textContent()).toContain('“kernel.text” is “AAAA”');
    // Any text is only a text.
    const html = toLetters('<img src=x onerror=alert(1)>');
    const third = await open({ hash: `${inRoom}&kernel.of=conv2dForward-conv1&kernel.text=${html}` });
    await state(third, 'red');
    expect(await third.locator('.cm-content img').count()).toBe(0);
    for (const each of [page, other, third]) await each.context().close();
  });

  const ways = [
    { colorScheme: 'light', locale: 'en', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', locale: 'de', viewport: small },
    { colorScheme: 'light', locale: 'en', viewport: { width: 3840, height: 2160 } },
  ] as const;
  it('is clean for axe and not wider than the window, in both schemes and languages', async () => {
    const page = await open({ hash: inRoom, ...ways[0], bypassCSP: true });
    const clean = async (shown: string) => {
      for (const way of ways) {
        await showAs(page, way);
        expect([shown, way, await faultsOf(page)]).toEqual([shown, way, []]);
      }
    };
    await state(page, 'green');
    await clean('green');
    await page.locator('[data-fault="sign"]').click();
    await state(page, 'red');
    await clean('red');
    await page.locator('[data-fault="semicolon"]').click();
    await until(page, 'kernelRoom.verdict()?.kind === "text"');
    await clean('no text');
    await page.context().close();
  });

  it('leaves the editor by Escape and Tab', async () => {
    const page = await open({ hash: inRoom });
    await state(page, 'green');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest(".editor") === null')).toBe(true);
    await page.context().close();
  });

  it('had no error', () => {
    expect(problems).toEqual([]);
  });
});
