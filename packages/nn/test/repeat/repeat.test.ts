import { openRuntime, type Recording, type Runtime, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { type FitState, fit, RandomStream } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';
import { NetTraining, netNames, type Size } from '../support/three-nets.ts';

/**
 * The same seed on the same device gives the same bits, however a training is run. Between devices it does not: sums
 * are taken in other orders. How far they part is measured here, and what npm run soak measures is in
 * docs/reliability.md.
 */

const runtimes = await openTestRuntimes();
const soaking = amount(0, 1) > 0;
const steps = amount(6, 100);
const narrow = { size: 'narrow', batch: 3 } as const;

type How = 'eagerly' | 'in steps' | 'recorded' | 'recorded late';

/** Losses and weights, as bytes: equal texts are equal bits. */
async function train(
  runtime: Runtime,
  net: string,
  how: How,
  count = steps,
  size = narrow as { size: Size; batch: number },
) {
  const training = new NetTraining(runtime, net, size);
  const step = () => training.train();
  let recording: Recording<Tensor> | undefined;
  const losses: number[] = [];
  for (let done = 0; done < count; done++) {
    if (how === 'eagerly') losses.push(await step().item());
    else if (how === 'in steps' || (how === 'recorded late' && done < 3))
      losses.push(await runtime.step(step).item());
    else {
      if (recording) recording.replay();
      else recording = runtime.record(step);
      losses.push(await recording.result.item());
    }
  }
  recording?.dispose();
  const weights = await training.weights();
  return { losses, bits: Buffer.from(weights.buffer).toString('base64') };
}

describe.each(runtimes)('the same bits on $name', ({ name, runtime }) => {
  // Each net compiles some 60 kernels, which takes SwiftShader seconds: one stands for the others but in npm run soak.
  it.each(name === 'wasm' || soaking ? netNames : ['Autoencoder'])(
    '%s, however its steps are run',
    async (net) => {
      const first = await train(runtime, net, 'eagerly');
      expect(new Set(first.losses).size).toBe(steps);
      for (const how of ['eagerly', 'in steps', 'recorded', 'recorded late'] as const) {
        expect(await train(runtime, net, how), how).toEqual(first);
      }
    },
  );

  // The tests of fit interrupt a training on either device.
  it.each(name === 'wasm' || soaking ? netNames : [])('%s, interrupted anywhere and resumed', async (net) => {
    const epochs = 4;
    const run = async (options: { resume?: FitState; stopAt?: number }) => {
      const { net: model, optimizer, data, loss } = new NetTraining(runtime, net, narrow);
      const abort = new AbortController();
      let state: FitState | undefined;
      let step = 0;
      const result = await fit(model, {
        train: data,
        loss,
        optimizer,
        epochs,
        batchSize: 5,
        seed: 3,
        restoreBest: false,
        resume: options.resume,
        signal: abort.signal,
        checkpoint: (next) => {
          state = next;
        },
        progress: () => {
          if (++step === options.stopAt) abort.abort();
        },
      });
      return {
        state: state!,
        stopReason: result.stopReason,
        losses: result.history.map((r) => r.trainLoss),
      };
    };
    const whole = await run({});
    expect(whole.stopReason).toBe('limit');
    const random = new RandomStream(Number(process.env.GLASSBOX_SEED ?? 1), 7);
    for (let again = 0; again < amount(1, 20); again++) {
      // Five steps an epoch: one epoch is whole at least, one is left.
      const stopAt = 6 + random.below(13);
      const stopped = await run({ stopAt });
      expect(stopped.stopReason, `after step ${stopAt}`).toBe('interrupted');
      const resumed = await run({ resume: stopped.state });
      expect(resumed.losses, `after step ${stopAt}`).toEqual(whole.losses);
      expect(resumed.state.model).toEqual(whole.state.model);
      expect(resumed.state.optimizer).toEqual(whole.state.optimizer);
    }
  });
});

describe('the same bits on any number of threads', () => {
  it.each(netNames)('%s', async (net) => {
    const size = soaking ? ({ size: 'real', batch: 16 } as const) : narrow;
    const results = [];
    for (const threads of [1, 2, 3, 4]) {
      const runtime = await openRuntime({ device: 'wasm', threads });
      results.push(await train(runtime, net, 'recorded', steps, size));
      await runtime.destroy();
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });
});

describe('two devices', () => {
  const count = amount(20, 200);
  const marks = soaking ? [1, 10, 50, 100, 200] : [1, count];
  const length = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const minus = (a: Float32Array, b: Float32Array) => a.map((value, index) => value - b[index]);

  it.each(soaking ? netNames : ['PracticalNet'])(`%s: how far ${count} steps part`, async (net) => {
    const size = soaking ? ({ size: 'real', batch: 8 } as const) : narrow;
    const trainings = runtimes.map(({ runtime }) => ({
      runtime,
      training: new NetTraining(runtime, net, size),
    }));
    const start = await trainings[0].training.weights();
    const recordings: Recording<Tensor>[] = [];
    const lines: string[] = [];
    for (let step = 1; step <= count; step++) {
      const losses: number[] = [];
      for (const [index, { runtime, training }] of trainings.entries()) {
        if (step === 1) recordings.push(runtime.record(() => training.train()));
        else recordings[index].replay();
        losses.push(await recordings[index].result.item());
      }
      if (!marks.includes(step)) continue;
      if (soaking) console.log(`${net}: step ${step}`);
      const [a, b] = await Promise.all(trainings.map(({ training }) => training.weights()));
      const apart = length(minus(a, b)) / length(minus(a, start));
      const lossApart = Math.abs(losses[0] - losses[1]) / losses[0];
      lines.push(`step ${step}: losses ${lossApart.toExponential(1)}, weights ${apart.toExponential(1)}`);
      if (step === 1) {
        // One step apart there is nothing but rounding.
        expect(lossApart).toBeLessThan(1e-5);
        expect(apart).toBeLessThan(1e-3);
      }
      // Two that had nothing to do with each other would be about 1.4 apart.
      expect(apart).toBeLessThan(0.3);
    }
    for (const recording of recordings) recording.dispose();
    console.log(
      `${net}, ${size.size}: relative distance of wasm and webgpu (software)\n  ${lines.join('\n  ')}`,
    );
  });
});
