import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { create, globals } from '@glassbox/webgpu-cpu';
import { double } from './double.mjs';

Object.assign(globalThis, globals);
let device;
before(async () => {
  const adapter = await create({ threads: 1 }).requestAdapter();
  device = await adapter.requestDevice();
});
after(() => device.destroy());

test('doubles numbers', async () => {
  assert.deepEqual(await double(device, [1, 2.5, -3]), [2, 5, -6]);
});

test('says what is wrong with a shader', async () => {
  device.pushErrorScope('validation');
  device.createShaderModule({ code: 'fn f() -> i32 { return 1.5; }' });
  const error = await device.popErrorScope();
  assert.match(error.message, /1:24: error: .* must be of type 'i32'/);
});
