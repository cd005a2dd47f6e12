import { readFileSync } from 'node:fs';
import { imageTensor, noGrad, openRuntime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ResNet18 } from '../../src/index.ts';

/** Recorded from PyTorch by fixtures/record_resnet18.py. */
const recorded = JSON.parse(readFileSync(new URL('../fixtures/resnet18.json', import.meta.url), 'utf8')) as {
  names: string[];
  logits: number[];
};

const runtime = await openRuntime({ device: 'wasm' });
afterAll(() => runtime.destroy());

/** The waves of the recording. */
const wave = (count: number, scale: number, start: number, more = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.fround(scale * Math.sin(0.7 * i + start)) + more);

describe('ResNet18', () => {
  const net = new ResNet18(runtime, { inChannels: 3, numClasses: 5 });

  it("has torchvision's names", async () => {
    expect([...(await net.stateDict()).keys()]).toEqual(recorded.names);
  });

  it('computes what PyTorch computes', async () => {
    const state = new Map(await net.stateDict());
    for (const [number, [name]] of [...net.namedParameters()].entries()) {
      const { dtype, shape, data } = state.get(name)!;
      const norm = shape.length === 1;
      const fanIn = norm ? 1 : shape.slice(1).reduce((a, b) => a * b, 1);
      const more = norm && name.endsWith('weight') ? 1 : 0;
      const values = wave(data.length, norm ? 0.1 : Math.sqrt(3 / fanIn), number, more);
      state.set(name, { dtype, shape, data: values } as never);
    }
    net.loadStateDict(state);
    net.eval();
    const logits = noGrad(() =>
      net.forward(imageTensor(runtime, wave(2 * 3 * 28 * 28, 1, 0.5), [2, 3, 28, 28])),
    );
    const size = Math.max(...recorded.logits.map(Math.abs));
    const values = await logits.array();
    recorded.logits.forEach((wanted, i) => {
      expect(Math.abs(values[i] - wanted) / size).toBeLessThan(1e-4);
    });
  });

  it('takes images of other sizes, and refuses names that it does not know', () => {
    const small = new ResNet18(runtime, { imageSize: 17, numClasses: 3 });
    const x = imageTensor(runtime, new Float32Array(289), [1, 1, 17, 17]);
    expect(small.forward(x).shape).toEqual([1, 3]);
    expect(small.embed(x).shape).toEqual([1, 512]);
    expect(() => new ResNet18(runtime, { widths: [1] } as object)).toThrow("no option 'widths'");
  });
});
