import * as nn from '@glassbox/nn';
import { backward, openRuntime, tensor } from '@glassbox/tensor-core';
import { describe, expect, test } from 'vitest';
import { openLesson } from '../../src/model/index.ts';
import { batchOf, lessonOf, recipes, wholeStep } from './lessons.ts';

const names = Object.keys(recipes);
const bytesOf = (values: ArrayLike<number> & { buffer?: ArrayBufferLike }) => [
  ...new Uint32Array(values.buffer!),
];

/** The bits of each weight and running statistic. */
async function bitsOf(net: nn.Module): Promise<Record<string, number[]>> {
  const state = await net.stateDict();
  return Object.fromEntries(
    [...state]
      .filter(([, { dtype }]) => dtype === 'F32')
      .map(([name, { data }]) => [name, bytesOf(data as Float32Array)]),
  );
}

describe('a step in four parts', () => {
  test.each(names.flatMap((name) => [1, 2].map((threads) => [name, threads] as const)))(
    '%s on %i threads has the weights of the first steps of fit, to the bit',
    async (name, threads) => {
      const { net, optimizer, loss, ...size } = recipes[name];
      const { images, labels, shape } = batchOf(size);
      const runtime = await openRuntime({ device: 'wasm', threads });
      const model = net(runtime);
      const train = nn.examples(runtime, { images, labels, shape });
      const batchSize = size.batch;
      const fitted = {
        loss,
        train,
        optimizer: optimizer(model),
        batchSize,
        shuffle: false,
        restoreBest: false,
      };
      const lesson = await lessonOf(name, threads);
      const before = await bitsOf(lesson.net);
      await wholeStep(lesson);
      await nn.fit(model, { ...fitted, epochs: 1 });
      const first = await bitsOf(lesson.net);
      expect(first).toEqual(await bitsOf(model));
      expect(first).not.toEqual(before);
      // A second step goes on from the first.
      await wholeStep(lesson);
      const other = net(runtime);
      await nn.fit(other, { ...fitted, optimizer: optimizer(other), epochs: 2 });
      expect(await bitsOf(lesson.net)).toEqual(await bitsOf(other));
      await lesson.close();
      await runtime.destroy();
    },
  );

  test.each(names)('the tensors of %s equal a readback, bit for bit', async (name) => {
    const { net, optimizer, loss, ...size } = recipes[name];
    const { images, labels, shape } = batchOf(size);
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const model = net(runtime);
    optimizer(model);
    const data = nn.examples(runtime, { images, labels, shape });
    const rows = tensor(runtime, data.rows, [size.batch], { dtype: 'u32' });
    const batch = nn.gatherBatch(data, rows);
    const outputs: Float32Array[] = [];
    const pending: Promise<unknown>[] = [];
    const output = nn.observeLayers(
      (_, __, y) => pending.push(y.array().then((values) => outputs.push(values as Float32Array))),
      () => model.forward(batch.images),
    );
    await Promise.all(pending);
    const value = loss(output, batch);
    backward(value);
    const gradients: Record<string, number[]> = {};
    for (const [own, parameter] of model.namedParameters())
      gradients[own] = bytesOf(await parameter.grad!.array());

    const lesson = await lessonOf(name, 1);
    await wholeStep(lesson);
    const layers = lesson.layers.filter((layer) => layer.name !== 'loss');
    expect(layers.length).toBe(outputs.length);
    for (const [index, layer] of layers.entries())
      expect(bytesOf(lesson.tensor(layer.name, 'output').values)).toEqual(bytesOf(outputs[index]));
    expect(lesson.tensor('loss', 'output').values[0]).toBe(await value.item());
    for (const [own, bits] of Object.entries(gradients)) {
      const dot = own.lastIndexOf('.');
      const found = lesson.tensor(own.slice(0, dot), `${own.slice(dot + 1)}Gradient`);
      expect(bytesOf(found.values), own).toEqual(bits);
    }
    await lesson.close();
    await runtime.destroy();
  });

  test('the gradient of each activation is that of a leaf in its place', async () => {
    const { net, loss, ...size } = recipes.mixed;
    const { images, labels, shape } = batchOf(size);
    const lesson = await lessonOf('mixed', 1);
    await lesson.forward();
    await lesson.loss();
    await lesson.backward();
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const data = nn.examples(runtime, { images, labels, shape });
    const rows = tensor(runtime, data.rows, [size.batch], { dtype: 'u32' });
    for (let at = 0; at < 9; at++) {
      const output = lesson.tensor(String(at), 'output');
      const leaf = tensor(runtime, output.values, output.shape).requiresGrad_();
      const rest = (net(runtime) as nn.Sequential).layers.slice(at + 1);
      backward(loss(nn.forwardThrough(leaf, rest), nn.gatherBatch(data, rows)));
      const expected = await leaf.grad!.array();
      for (const [layer, what] of [[at, 'outputGradient'] as const, [at + 1, 'inputGradient'] as const]) {
        expect(bytesOf(lesson.tensor(String(layer), what).values), `${layer} ${what}`).toEqual(
          bytesOf(expected),
        );
      }
    }
    await lesson.close();
    await runtime.destroy();
  });

  test('says whose turn it is, and which tensors there are', async () => {
    const lesson = await lessonOf('PracticalNet', 1);
    expect(() => lesson.tensor('conv1', 'output')).toThrow(/there is no tensor yet; call forward\(\) first/);
    await expect(lesson.backward()).rejects.toThrow('it is the turn of forward(), not of backward()');
    await lesson.forward();
    expect(lesson.layers.map(({ name }) => name)).toEqual(
      'conv1 relu1 bn1 conv2 relu2 bn2 conv3 relu3 bn3 fc loss'.split(' '),
    );
    expect(() => lesson.tensor('conv1', 'outputGradient')).toThrow(/conv1 has weight, bias, input, output/);
    expect(() => lesson.tensor('conv9', 'output')).toThrow(/the layers are conv1, relu1/);
    await expect(lesson.forward()).rejects.toThrow('it is the turn of loss()');
    await lesson.close();
  });

  test('refuses what is no lesson', async () => {
    const { net, optimizer, loss } = recipes.mixed;
    const given = { net, optimizer, loss, ...batchOf(recipes.mixed) };
    await expect(openLesson({ ...given, images: [1, 2] as never })).rejects.toThrow(TypeError);
    await expect(openLesson({ ...given, batch: 4 } as never)).rejects.toThrow(/batch/);
    await expect(openLesson({ ...given, labels: Uint8Array.of(1) })).rejects.toThrow(
      /6 images but labels for 1/,
    );
  });

  test('a frozen layer says so, and does not change', async () => {
    const { net, optimizer, loss, ...size } = recipes.PracticalNet;
    const lesson = await openLesson({
      threads: 1,
      net: (runtime) => {
        const model = net(runtime) as nn.PracticalNet;
        model.convolutions[0].freeze();
        return model;
      },
      optimizer,
      loss,
      ...batchOf(size),
    });
    await wholeStep(lesson);
    expect(lesson.layers.filter(({ frozen }) => frozen).map(({ name }) => name)).toEqual(['conv1']);
    expect(new Set(lesson.tensor('conv1', 'weightChange').values)).toEqual(new Set([0]));
    expect(lesson.kinds('conv1')).not.toContain('weightGradient');
    await lesson.close();
  });
});
