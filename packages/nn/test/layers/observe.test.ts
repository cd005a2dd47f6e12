import { openRuntime, zeros } from '@glassbox/tensor-core';
import { expect, test } from 'vitest';
import * as nn from '../../src/index.ts';

const netOf = (init: nn.Init) =>
  new nn.Sequential(
    new nn.Conv2d(init, 1, 4, { kernelSize: 3 }),
    new nn.BatchNorm2d(init, 4),
    new nn.ReLU(),
    new nn.Sequential(new nn.MaxPool2d(2), new nn.Dropout(init, 0.5)),
    new nn.Flatten(),
    new nn.Linear(init, 36, 2),
  );

test('an observer is told of each layer, and the results keep their bits', async () => {
  const runtime = await openRuntime({ device: 'wasm', threads: 1 });
  const pixels = new nn.RandomStream(1, 2);
  const x = zeros(runtime, [2, 1, 8, 8]);
  x.write(Float32Array.from({ length: 128 }, () => pixels.uniform() - 0.5));
  const told: string[] = [];
  const shapes: string[] = [];
  const net = netOf(new nn.Init(runtime, 3));
  const observed = nn.observeLayers(
    (layer, input, output) => {
      told.push(layer.constructor.name);
      shapes.push(`${input.shape} to ${output.shape}`);
    },
    () => net.forward(x),
  );
  expect(told).toEqual('Conv2d BatchNorm2d ReLU MaxPool2d Dropout Flatten Linear'.split(' '));
  expect(shapes[0]).toBe('2,1,8,8 to 2,4,6,6');
  const plain = netOf(new nn.Init(runtime, 3)).forward(x);
  expect(told.length).toBe(7);
  expect([...(await observed.array())]).toEqual([...(await plain.array())]);
  await runtime.destroy();
});

test('an observer is forgotten where the body fails', async () => {
  const runtime = await openRuntime({ device: 'wasm', threads: 1 });
  const fail = () => {
    throw new Error('stop');
  };
  const calls: nn.Module[] = [];
  expect(() => nn.observeLayers((layer) => calls.push(layer), fail)).toThrow('stop');
  netOf(new nn.Init(runtime, 3)).forward(zeros(runtime, [1, 1, 8, 8]));
  expect(calls).toEqual([]);
  await runtime.destroy();
});
