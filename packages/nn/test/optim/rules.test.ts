import { readFileSync } from 'node:fs';
import { backward, type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

/** Recorded by `../fixtures/update_rules.py`. */
const recorded: {
  readonly sizes: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly options: object;
    readonly lr: number;
    readonly kept: readonly { readonly step: number; readonly parameters: readonly number[] }[];
  }[];
} = JSON.parse(readFileSync(new URL('../fixtures/update-rules.json', import.meta.url), 'utf8'));

// biome-ignore lint/suspicious/noExplicitAny: all optimisers look the same from here
type AnyOptimizer = nn.Optimizer<any>;
type Make = new (groups: readonly object[], options: object) => AnyOptimizer;
const classes = nn as unknown as Readonly<Record<string, Make>>;

const [first, second] = recorded.sizes;
const gradientOf = (t: number) =>
  Float32Array.from({ length: first + second }, (_, i) =>
    i === 7 ? 0 : Math.sin(1.3 * i + 0.7 * t) * (1 + (i % 3)) * 0.1,
  );

function setUp(runtime: Runtime, name: string, options: object, lr: number) {
  const start = Float32Array.from({ length: first + second }, (_, i) => Math.cos(i));
  const parameters = [start.slice(0, first), start.slice(first)].map((values) =>
    tensor(runtime, values, [values.length]).requiresGrad_(),
  );
  const optimizer = new classes[name](
    [{ parameters: [parameters[0]] }, { parameters: [parameters[1]], lr: lr / 10 }],
    { lr, ...options },
  );
  return { parameters, optimizer };
}

function step(runtime: Runtime, parameters: readonly Tensor[], optimizer: AnyOptimizer, t: number): void {
  runtime.step(() => {
    const gradient = gradientOf(t);
    for (const [index, part] of [gradient.slice(0, first), gradient.slice(first)].entries()) {
      backward(parameters[index], tensor(runtime, part, [part.length]));
    }
    optimizer.step();
    optimizer.zeroGrad();
  });
}

const values = async (parameters: readonly Tensor[]) =>
  (await Promise.all(parameters.map((x) => x.array()))).flatMap((part) => [...part]);

const cases = [...recorded.cases, { name: 'Lion', options: { weightDecay: 0.1 }, lr: 1e-2, kept: [] }];
const titled = cases.map((each) => ({ ...each, title: `${each.name} ${JSON.stringify(each.options)}` }));

describe.each(await openTestRuntimes())('optimisers of the table on $name', ({ runtime }) => {
  it.each(titled.filter(({ kept }) => kept.length > 0))(
    '$title follows PyTorch',
    async ({ name, options, lr, kept }) => {
      const { parameters, optimizer } = setUp(runtime, name, options, lr);
      for (let t = 0; t < kept.at(-1)!.step; t++) {
        step(runtime, parameters, optimizer, t);
        const expected = kept.find((each) => each.step === t + 1);
        if (expected) {
          expect(
            largestDifference(await values(parameters), expected.parameters),
            `step ${t + 1}`,
          ).toBeLessThan(2e-6);
        }
      }
    },
  );

  it.each(titled)('$title goes on from a saved state to the same bits', async ({ name, options, lr }) => {
    const whole = setUp(runtime, name, options, lr);
    for (let t = 0; t < 6; t++) step(runtime, whole.parameters, whole.optimizer, t);
    const begun = setUp(runtime, name, options, lr);
    for (let t = 0; t < 3; t++) step(runtime, begun.parameters, begun.optimizer, t);
    const resumed = setUp(runtime, name, options, lr);
    for (const [index, parameter] of resumed.parameters.entries()) {
      parameter.write(await begun.parameters[index].array());
    }
    resumed.optimizer.loadStateDict(await begun.optimizer.stateDict());
    for (let t = 3; t < 6; t++) step(runtime, resumed.parameters, resumed.optimizer, t);
    expect(await values(resumed.parameters)).toEqual(await values(whole.parameters));
  });

  it('numbers out of range are refused, and options by name', () => {
    const x = () => [tensor(runtime, [1], [1]).requiresGrad_()];
    expect(() => new nn.RMSprop(x(), { alpha: 1 })).toThrow(/alpha must be a number in \[0, 1\)/);
    expect(() => new nn.RMSprop(x(), { centered: 1 as never })).toThrow(/RMSprop: centered/);
    expect(() => new nn.Adam(x(), { amsgrad: 'yes' as never })).toThrow(/Adam: amsgrad/);
    expect(() => new nn.NAdam(x(), { momentum_decay: 0.1 } as never)).toThrow(/did you mean 'momentumDecay'/);
    expect(() => new nn.Lion(x(), { eps: 1e-8 } as never)).toThrow(/Lion: .*'eps'/);
  });
});
