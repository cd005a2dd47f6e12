import { describe, expect, it } from 'vitest';
import { ParityInputError } from '../../src/parity/errors.ts';
import { parseSpec } from '../../src/parity/spec.ts';

const valid = {
  dataset: 'pneumoniamnist',
  batch: 64,
  steps: 10,
  model: 'practical-net',
  widths: [4, 8],
  loss: 'cross-entropy',
  optimizer: { kind: 'sgd', lr: 0.1 },
};

describe('parseSpec', () => {
  it("fills in PyTorch's defaults", () => {
    expect(parseSpec(JSON.stringify(valid), 'a.json').optimizer).toEqual({
      kind: 'sgd',
      lr: 0.1,
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
    });
    const adamw = { ...valid, optimizer: { kind: 'adamw', lr: 0.1 } };
    expect(parseSpec(JSON.stringify(adamw), 'a.json').optimizer).toEqual({
      kind: 'adamw',
      lr: 0.1,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0.01,
    });
  });

  const cases: [string, object | string, RegExp][] = [
    ['text that is not JSON', '{', /is not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['a dataset that climbs out of the folder', { dataset: '../secret' }, /dataset must be the plain name/],
    ['a dataset that is a number', { dataset: 1 }, /dataset must be/],
    ['a batch of 0', { batch: 0 }, /batch must be a whole number/],
    ['half a step', { steps: 0.5 }, /steps must be a whole number/],
    ['an unknown model', { model: 'resnet' }, /model must be one of practical-net/],
    ['an unknown loss', { loss: 'hinge' }, /loss must be/],
    ['widths that are no numbers', { widths: [4, 'x'] }, /widths must be/],
    ['no optimizer', { optimizer: null }, /has no optimizer/],
    ['an unknown optimizer', { optimizer: { kind: 'lion', lr: 1 } }, /optimizer.kind must be/],
    ['an optimizer without a rate', { optimizer: { kind: 'sgd' } }, /optimizer.lr must be/],
    [
      'an option that would be ignored',
      { optimizer: { kind: 'sgd', lr: 1, dampening: 0.5 } },
      /not known here: "dampening"/,
    ],
    ['amsgrad', { optimizer: { kind: 'adam', lr: 1, amsgrad: true } }, /"amsgrad"/],
    ['a beta of 1', { optimizer: { kind: 'adam', lr: 1, betas: [0.9, 1] } }, /betas must be/],
    ['Nesterov without momentum', { optimizer: { kind: 'sgd', lr: 1, nesterov: true } }, /momentum above 0/],
  ];
  it.each(cases)('refuses %s', (_, change, message) => {
    const text = typeof change === 'string' ? change : JSON.stringify({ ...valid, ...change });
    expect(() => parseSpec(text, 'a.json')).toThrow(ParityInputError);
    expect(() => parseSpec(text, 'a.json')).toThrow(message);
    expect(() => parseSpec(text, 'a.json')).toThrow(/^a\.json: /);
  });
});
