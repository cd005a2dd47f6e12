import { create, globals } from '@glassbox/webgpu-cpu';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { double } from './double.mjs';

Object.assign(globalThis, globals);
let device: GPUDevice;
const errors: string[] = [];
beforeAll(async () => {
  const adapter = await create({ races: true, debug: true }).requestAdapter();
  device = await adapter!.requestDevice();
  device.onuncapturederror = ({ error }) => errors.push(error.message);
});
afterEach(async () => {
  await device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve)); // errors are told in a task of their own
  expect(errors.splice(0)).toEqual([]);
});
afterAll(() => device.destroy());

test('doubles numbers, without a race', async () => {
  const numbers = Array.from({ length: 128 }, (_, i) => i);
  expect(await double(device, numbers)).toEqual(numbers.map((x) => 2 * x));
});
