import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { entries } from '../../src/device/registry.ts';
import type { OpenOptions } from '../../src/open.ts';

const path = (relative: string) => JSON.stringify(fileURLToPath(new URL(relative, import.meta.url)));

/** A process that opens a device, trains a step, and then does what `ending` says. */
function script(options: OpenOptions, ending: string): string {
  return `
    import { openDevice, Runtime } from ${path('../../src/index.ts')};
    import { SmallNet } from ${path('../support/net.ts')};
    const runtime = new Runtime(await openDevice(${JSON.stringify(options)}));
    const net = new SmallNet(runtime);
    const recording = runtime.record(() => net.train());
    recording.replay();
    const loss = await recording.result.item();
    console.log(loss > 0 ? 'trained' : 'strange loss');
    ${ending}`;
}

const run = (text: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', text], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });

const computing = entries.filter(({ computes }) => computes);

describe.each(computing)('a process that used $name', ({ name, inTests }) => {
  const options: OpenOptions = { device: name, ...inTests };

  it.each([
    ['after destroy()', 'await runtime.destroy();'],
    ['without destroy()', ''],
    ['with a read under way', 'void recording.result.item(); recording.replay();'],
    ['with destroy() under way', 'recording.replay(); void runtime.destroy();'],
  ])('ends by itself %s', async (__, ending) => {
    const { stdout, stderr } = await run(script(options, ending));
    expect(stdout.trim()).toBe('trained');
    expect(stderr.replaceAll(/.*ExperimentalWarning.*\n?|.*--trace-warnings.*\n?/g, '').trim()).toBe('');
  });

  it.each([
    ['an error', "throw new Error('on purpose');", 1],
    ['process.exit()', "console.error('on purpose'); process.exit(3);", 3],
  ])('ends with its own status after %s in the middle of work', async (__, ending, status) => {
    const text = script(options, `recording.replay(); ${ending}`);
    const failure = (await run(text).catch((error: unknown) => error)) as { code: number; stderr: string };
    expect(failure.stderr).toContain('on purpose');
    expect(failure.code).toBe(status);
  });
});
