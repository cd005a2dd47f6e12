import { readFileSync } from 'node:fs';
import { imageTensor, type Runtime, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  gradCam,
  Init,
  inputGradient,
  Linear,
  observeLayers,
  ReLU,
  Sequential,
} from '../../src/index.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

/** What PyTorch gives, recorded by `../fixtures/saliency.py`. */
const recorded: {
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly maps: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >;
  /** How far PyTorch's own float32 is from these. */
  readonly float32Off: number;
} = JSON.parse(readFileSync(new URL('../fixtures/saliency.json', import.meta.url), 'utf8'));

function recordedNet(runtime: Runtime): { readonly net: Sequential; readonly x: Tensor } {
  const init = new Init(runtime, 0);
  const net = new Sequential(
    new Conv2d(init, 1, 5, { kernelSize: 3, padding: 1 }),
    new ReLU(),
    new BatchNorm2d(init, 5),
    new Conv2d(init, 5, 6, { kernelSize: 3, stride: 2, padding: 1 }),
    new ReLU(),
    new BatchNorm2d(init, 6),
    new Flatten(),
    new Dropout(init, 0.5),
    new Linear(init, 6 * 5 * 4, 3),
  );
  for (const [name, part] of net.namedState()) {
    if (Object.hasOwn(recorded.state, name)) (part as Tensor).write(recorded.state[name]);
  }
  return { net, x: imageTensor(runtime, recorded.x, recorded.shape) };
}

const targets = [0, 1, 2];

describe.each(await openTestRuntimes())('saliency on $name', ({ runtime }) => {
  const bound = Math.max(1e-6, 5 * recorded.float32Off);

  it.each(targets)('the gradient of logit %i by the input is PyTorch’s', async (target) => {
    const { net, x } = recordedNet(runtime);
    const gradient = inputGradient(net, x, { target });
    const expected = recorded.maps[`input ${target}`];
    expect(gradient.shape).toEqual(expected.shape);
    expect(largestDifference(await gradient.array(), expected.values)).toBeLessThan(bound);
  });

  it.each(targets.flatMap((target) => [0, 3].map((layer) => [target, layer])))(
    'Grad-CAM of logit %i at layer %i is PyTorch’s',
    async (target, layer) => {
      const { net, x } = recordedNet(runtime);
      const map = gradCam(net, x, { target, layer: net.layers[layer] });
      const expected = recorded.maps[`cam ${target} ${layer}`];
      expect(map.shape).toEqual(expected.shape);
      expect(largestDifference(await map.array(), expected.values)).toBeLessThan(bound);
    },
  );

  it('the gradient by the input is what central differences give', async () => {
    const { net, x } = recordedNet(runtime);
    const pixels = recorded.x.length / 2;
    const gradient = await inputGradient(net, x, { target: 1 }).array();
    net.eval();
    const logitsOf = async (values: readonly number[]) => {
      const logits = await net.forward(imageTensor(runtime, values, recorded.shape)).array();
      return [logits[1], logits[4]];
    };
    // Along the gradient of an image its logit rises by the gradient's length. Small steps: ReLU has a kink at 0.
    const step = 1e-3;
    for (const image of [0, 1]) {
      const own = gradient.subarray(pixels * image, pixels * (image + 1));
      const length = Math.hypot(...own);
      const moved = (by: number) =>
        logitsOf(recorded.x.map((value, i) => value + (by * (own[i - pixels * image] ?? 0)) / length));
      const [up, down] = [await moved(step), await moved(-step)];
      expect((up[image] - down[image]) / (2 * step) / length).toBeCloseTo(1, 2);
      expect(up[1 - image]).toBe(down[1 - image]);
    }
  });

  it('leaves modes, parameters, their gradients and the images as they were', async () => {
    const { net, x } = recordedNet(runtime);
    net.layers[3].freeze();
    const { weight } = net.layers[0] as Conv2d;
    const held = imageTensor(runtime, new Float32Array(45).fill(7), [5, 1, 3, 3]);
    weight.grad = held;
    const before = net.modeKey();
    inputGradient(net, x, { target: 0 });
    gradCam(net, x, { target: 0, layer: net.layers[3] });
    expect(net.modeKey()).toBe(before);
    expect(net.training).toBe(true);
    expect(weight.grad).toBe(held);
    expect([...(await held.array())]).toEqual(Array(45).fill(7));
    expect(net.parameters().filter(({ grad }) => grad !== null)).toEqual([weight]);
    expect([x.requiresGrad, x.grad]).toEqual([false, null]);
    const layers: string[] = [];
    observeLayers(
      (layer) => {
        layers.push(layer.constructor.name);
      },
      () => net.forward(x),
    );
    expect(layers.length).toBe(9);
  });

  it('says what does not fit', () => {
    const { net, x } = recordedNet(runtime);
    expect(() => inputGradient(net, x, { target: 3 })).toThrow(/has no logit 3/);
    expect(() => inputGradient(net, x, { target: -1 })).toThrow(/target/);
    expect(() => gradCam(net, x, { target: 0, layer: new ReLU() })).toThrow(/computed 0 times/);
    expect(() => gradCam(net, x, { target: 0, layer: net.layers[6] })).toThrow(/should give maps/);
    expect(net.training).toBe(true);
    expect(net.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });
});
