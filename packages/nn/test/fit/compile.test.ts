import { Runtime, StepChangedError, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batches,
  compile,
  crossEntropyLoss,
  fit,
  type Module,
  SGD,
  withRows,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const crossEntropy = crossEntropyLoss();

describe.each(runtimes)("a loop of one's own on $name", ({ name, runtime }) => {
  const train = brightHalves(runtime, 23, 8, 1);

  /** The README's loop: each batch eagerly, in a step, or compiled. */
  const loop = async (how: 'eagerly' | 'in steps' | 'compiled') => {
    const net = new SmallNet(runtime);
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    const trainOn = (batch: Batch): Tensor => {
      const loss = crossEntropy(net.forward(batch.images), batch);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    };
    const compiled = compile(net, trainOn);
    const run = {
      eagerly: trainOn,
      'in steps': (batch: Batch) => runtime.step(() => trainOn(batch)),
      compiled,
    }[how];
    const losses: number[] = [];
    const loader = batches(train, { batchSize: 5, seed: 4 });
    for (let epoch = 1; epoch <= 3; epoch++) {
      for (const batch of loader) losses.push(await run(batch).item());
    }
    compiled.dispose();
    return { state: await net.stateDict(), losses };
  };

  it('has the bits of fit, eagerly, in steps and compiled', async () => {
    const net = new SmallNet(runtime);
    const optimizer = new SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
    await fit(net, {
      train,
      loss: crossEntropy,
      optimizer,
      epochs: 3,
      batchSize: 5,
      seed: 4,
      restoreBest: false,
    });
    const state = await net.stateDict();
    const first = await loop('eagerly');
    expect(first.losses).toHaveLength(15);
    expect(first.state).toEqual(state);
    for (const how of ['in steps', 'compiled'] as const) expect(await loop(how), how).toEqual(first);
  });

  it('batches: their order, sizes, and epochs', async () => {
    const rowsOf = (loader: Iterable<Batch>) =>
      Array.from(loader, (batch) => [...(batch as never as { rows: number[] }).rows]);
    const loader = batches(train, { batchSize: 5, seed: 1 });
    expect(loader.length).toBe(5);
    const [one, two] = [rowsOf(loader), rowsOf(loader)];
    expect(one.map(({ length }) => length)).toEqual([5, 5, 5, 5, 3]);
    expect(one).not.toEqual(two);
    expect(one.flat().sort((a, b) => a - b)).toEqual([...train.rows]);
    expect(rowsOf(batches(train, { batchSize: 5, seed: 1, epoch: 2 }))).toEqual(two);
    const dropped = batches(train, { batchSize: 5, shuffle: false, dropLast: true });
    expect(dropped.length).toBe(4);
    expect(rowsOf(dropped).flat()).toEqual([...train.rows.subarray(0, 20)]);
    const part = batches(withRows(train, [4, 2]), { batchSize: 2, shuffle: false });
    expect(rowsOf(part)).toEqual([[4, 2]]);
    // A batch that was built within a step is built again after it.
    const [batch] = part;
    const inside = runtime.step(() => batch.images);
    const kept = await inside.array();
    runtime.step(() => void batch.images);
    expect(await batch.images.array()).toEqual(kept);
    expect(await batch.labels!.array()).toEqual(await [...part][0].labels!.array());
    expect(() => batches(train, { batchSize: 24, dropLast: true })).toThrow(/dropLast leaves no batch/);
    expect(() => batches({} as never, { batchSize: 2 })).toThrow(
      /batches: data must be what examples\(\) gives/,
    );
    expect(() => batches(train, {} as never)).toThrow(/batchSize is missing/);
  });

  it('compile: follows the modes of the net, and notices what a recording cannot repeat', async () => {
    const net = new SmallNet(runtime);
    let factor = 1;
    const step = compile(net, ({ images }) => net.forward(images).mul(factor).sum(), { checkEvery: 1 });
    const [batch] = batches(train, { batchSize: 5 });
    const seen: number[] = [];
    for (const training of [false, false, true, true, false, false]) {
      net.train(training);
      seen.push(await step(batch).item());
    }
    expect(seen[1]).toBe(seen[0]);
    expect(seen[5]).toBe(seen[4]);
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
    factor = 2;
    expect(() => step(batch)).toThrow(StepChangedError);
    step.dispose();
    expect(() => compile({} as Module, () => undefined)).toThrow(/compile: the model must be a module/);
    expect(() => compile(net, 5 as never)).toThrow(/compile: step must be a function/);
    expect(() => step({} as never)).toThrow(/compile: the batch must be \{ images, labels \}/);
  });

  // A software GPU takes half a minute for it; what is looked at is the same.
  it.skipIf(name !== 'wasm')(
    'memory stays flat in a loop without steps, whether it reads or not',
    async () => {
      const { device } = runtime;
      // A limit that the loop reaches: without a look for forgotten tensors it would hold 2.4 MiB at the end.
      const limit = device.memory.bytes + 2 ** 19;
      const own = new Runtime(device, { collectAbove: limit });
      const data = brightHalves(own, 24, 8, 1);
      const net = new SmallNet(own);
      const optimizer = new SGD(net.parameters(), { lr: 0.01 });
      const loader = batches(data, { batchSize: 8 });
      let most = 0;
      for (let step = 0; step < 500; ) {
        for (const batch of loader) {
          const loss = crossEntropy(net.forward(batch.images), batch);
          loss.backward();
          optimizer.step();
          optimizer.zeroGrad();
          if (step % 20 === 0 && step < 250) expect(await loss.item()).toBeGreaterThan(0);
          most = Math.max(most, device.memory.bytes);
          step++;
        }
      }
      expect(most).toBeLessThan(2 * limit);
      await own.collectGarbage();
    },
  );
});
