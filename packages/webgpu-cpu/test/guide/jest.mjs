import { create, globals } from '@glassbox/webgpu-cpu';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { double } from './double.mjs';

Object.assign(globalThis, globals);
let device;
beforeAll(async () => {
  const adapter = await create({ threads: 1 }).requestAdapter();
  device = await adapter.requestDevice();
});
afterAll(() => device.destroy());

test('doubles numbers', async () => {
  expect(await double(device, [1, 2.5, -3])).toEqual([2, 5, -6]);
});
