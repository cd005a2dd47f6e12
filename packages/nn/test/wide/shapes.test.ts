/** Nets of random shapes give the same bits with 256-bit operations and their tiles as without. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';

const NETS = amount(6, 2000);
const CHUNK = 100;

function train(wide: 'on' | 'off', first: number, count: number): Promise<string> {
  const script = join(import.meta.dirname, 'shapes-child.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, String(first), String(count)];
  const env = { ...process.env, GLASSBOX_TILES: 'none', GLASSBOX_WIDE: wide };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(out) : reject(new Error(`seeds from ${first}, wide ${wide}: status ${status}`)),
    );
  });
}

const probe = await WasmDevice.open({ threads: 1, wide: true });
const { reason } = probe.wide;
await probe.destroy();

describe.skipIf(reason !== undefined)(`nets of random shapes${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it(`have the same losses and weights in 256 bits as in 128: ${NETS} nets`, async () => {
    const start = fc.sample(fc.nat(2 ** 30), { numRuns: 1, seed: fc.readConfigureGlobal()?.seed })[0];
    for (let done = 0; done < NETS; done += CHUNK) {
      const count = Math.min(CHUNK, NETS - done);
      const narrow = await train('off', start + done, count);
      expect(narrow.trim().split('\n')).toHaveLength(count);
      expect((await train('on', start + done, count)).split('\n')).toEqual(narrow.split('\n'));
      if (NETS > CHUNK) console.log(`${done + count} nets`);
    }
  });
});
