import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { backward, openRuntime, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { Counter, type HostTensor, SGD } from '../../src/index.ts';
import { imagesOf, lossOf, recorded, twins } from './twins.ts';

/** Steps of a training in PyTorch, each computed once more from PyTorch's own state (fixtures/nets/steps.py). */
const python = [process.env.PYTHON ?? 'python3', '/usr/bin/python3'].find((program) => {
  try {
    execFileSync(program, ['-c', 'import torch, torchvision'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
const rate = 0.01;
const steps = 20;
const soaking = amount(0, 1) > 0;
// Deeper nets have so many ReLUs that in every step some lie within rounding of 0: twins.test.ts judges one of each.
const nets = soaking
  ? ['vit', 'unet', 'unet-bilinear', 'resnet18-medmnist', 'resnet18-torchvision', 'vgg11']
  : ['vit', 'unet'];

/** What steps.py says of a step. */
interface Said {
  readonly seed: number;
  readonly loss: number;
  /** How far PyTorch's own float32 is from its float64, of each gradient. */
  readonly float32: readonly number[];
}

function largestDistance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(found[i] - wanted[i]);
    if (!(off <= most)) most = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
  }
  return most;
}

const sizeOf = (values: ArrayLike<number>) => largestDistance(new Float32Array(values.length), values);

describe.skipIf(!python).each(nets)('%s', (name) => {
  it(`${steps} steps, each from PyTorch’s own state`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glassbox-steps-'));
    const file = join(folder, 'step.bin');
    const script = new URL('../fixtures/nets/steps.py', import.meta.url).pathname;
    const child = spawn(python!, [script, name, String(steps), file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const runtime = await openRuntime({ device: 'wasm' });
    try {
      const net = twins[name](runtime);
      const optimizer = new SGD(net.parameters(), { lr: rate });
      const template = await net.stateDict();
      const parameters = [...net.namedParameters()];
      const isStatistic = (key: string) => /running_(mean|var)$/.test(key);
      const { imageSize } = recorded(name);
      let step = 0;
      let worst = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const said: Said = JSON.parse(line);
        const { buffer } = await readFile(file);
        let at = 0;
        const take = (count: number) => {
          const part = new Float32Array(buffer, 4 * at, count);
          at += count;
          return part;
        };
        const before = new Map(
          [...template].map(([key, value]): [string, HostTensor] => [
            key,
            value.dtype === 'F32' ? { ...value, data: take(value.data.length) } : value,
          ]),
        );
        const gradients = parameters.map(([, { size }]) => take(size));
        net.loadStateDict(before);
        const x = imagesOf(runtime, imageSize, said.seed);
        const loss = runtime.step(() => {
          optimizer.zeroGrad();
          const value = lossOf(net.train().forward(x));
          backward(value);
          return value;
        });
        expect(Math.abs((await loss.item()) - said.loss) / said.loss, `step ${step}, loss`).toBeLessThan(
          1e-5,
        );
        const overall = Math.max(...gradients.map(sizeOf));
        for (const [index, [key, parameter]] of parameters.entries()) {
          const own = sizeOf(gradients[index]);
          const scale = own > 1e-7 * overall ? Math.max(own, overall / 100) : overall;
          const off = largestDistance(await parameter.grad!.array(), gradients[index]);
          worst = Math.max(worst, off / scale);
          expect(off, `step ${step}, ${key}`).toBeLessThan(Math.max(1e-4 * scale, 5 * said.float32[index]));
        }
        runtime.step(() => optimizer.step());
        for (const [index, [key, parameter]] of parameters.entries()) {
          const from = before.get(key)!.data as Float32Array;
          const after = from.map((value, i) => value - rate * gradients[index][i]);
          const off = largestDistance(await parameter.array(), after);
          const error = Math.max(1e-4 * overall, 5 * said.float32[index]);
          expect(off, `step ${step}, ${key} after`).toBeLessThan(rate * error + 2e-7 * sizeOf(after));
        }
        for (const [key, value] of net.namedState()) {
          if (value instanceof Counter || !isStatistic(key)) continue;
          const wanted = take(value.size);
          const off = largestDistance(await (value as Tensor).array(), wanted);
          expect(off, `step ${step}, ${key}`).toBeLessThan(1e-5 * Math.max(1, sizeOf(wanted)));
        }
        expect(4 * at).toBe(buffer.byteLength);
        step++;
        child.stdin.write('\n');
      }
      expect(step).toBe(steps);
      if (soaking) console.log(`${name}: furthest gradient ${worst.toExponential(1)} of the largest`);
    } finally {
      child.kill();
      await runtime.destroy();
      await rm(folder, { recursive: true, force: true });
    }
  }, 1_200_000);
});
