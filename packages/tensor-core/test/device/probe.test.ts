/** What `npm run doctor` concludes from the devices that it looked for. */
import { expect, it, vi } from 'vitest';
import type { Offer } from '../../src/device/entry.ts';
import { probeDevices } from '../../src/device/probe.ts';

const offer = (title: string, found: boolean, auto?: Offer['auto']): Offer => ({
  title,
  found,
  detail: `${title}'s adapter`,
  auto,
});
const auto = (name: string) => ({ reason: `${name} was found`, advice: `get ${name}` });

const offers = vi.hoisted(() => new Map<string, readonly unknown[]>());
vi.mock('../../src/device/registry.ts', () => ({
  entries: ['first', 'second', 'third'].map((name) => ({ name, probe: async () => offers.get(name) })),
  optionsOf: () => ({}),
}));

function machineWith(gpu: boolean, cpu: boolean) {
  offers.set('first', [offer('gpu', gpu, auto('gpu')), offer('software', true)]);
  offers.set('second', [offer('cpu', cpu, auto('cpu'))]);
  offers.set('third', [offer('null', true)]);
  return probeDevices();
}

it('the first one found that is opened by itself is the choice, and advice is for what would be better', async () => {
  expect(await machineWith(true, true)).toMatchObject({
    choice: "first (gpu's adapter)",
    reason: 'gpu was found',
    advice: [],
  });
  expect(await machineWith(false, true)).toMatchObject({
    choice: "second (cpu's adapter)",
    reason: 'cpu was found',
    advice: ['get gpu'],
  });
});

it('what is opened by name only is never the choice', async () => {
  const { devices, choice, reason, advice } = await machineWith(false, false);
  expect(devices.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    'first gpu',
    'first software',
    'second cpu',
    'third null',
  ]);
  expect(choice).toBeUndefined();
  expect(reason).toMatch(/No device was found/);
  expect(advice).toEqual(['get gpu', 'get cpu']);
});
