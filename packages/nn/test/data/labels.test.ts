import { add, cast, crossEntropy, mseLoss, reshape, tensor, zeros } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Totals } from '../../src/fit/totals.ts';
import {
  binaryCrossEntropyLoss,
  crossEntropyLoss,
  type ExamplesInput,
  evaluate,
  examples,
  Flatten,
  fit,
  Init,
  Linear,
  type Loss,
  type Module,
  predict,
  Sequential,
  SGD,
  withRows,
} from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

describe.each(runtimes)('labels that are no class on $name', ({ runtime }) => {
  const data = (labels: ArrayLike<number>, more: Partial<ExamplesInput> = {}) => {
    const count = labels.length / (more.labelColumns ?? 1);
    return examples(runtime, {
      images: Uint8Array.from({ length: 4 * count }, (_, i) => (37 * i) % 256),
      shape: [1, 2, 2],
      labels: Uint8Array.from(labels),
      ...more,
    });
  };
  const netOf = (outputs: number) => {
    const init = new Init(runtime, 1);
    return new Sequential(new Flatten(), new Linear(init, 4, outputs));
  };
  const options = (net: Module, loss: Loss = crossEntropyLoss()) => ({
    loss,
    optimizer: new SGD(net.parameters(), { lr: 0.1 }),
    epochs: 2,
    batchSize: 4,
  });
  /** The same loss on labels that the host does not know. */
  const shifted =
    (by: number): Loss =>
    (output, { labels }) =>
      crossEntropy(output, cast(add(cast(labels!, 'f32'), by), 'u32'));

  it('5 classes on 2 outputs: fit and evaluate name image, label and outputs before they train', async () => {
    const bad = data([0, 1, 1, 0, 1, 0, 4, 1, 3, 2]);
    const good = data([0, 1, 1, 0, 1, 0, 0, 1, 0, 1]);
    const net = netOf(2);
    const before = [...(await net.parameters()[0].array())];
    const text = (role: string) =>
      `crossEntropyLoss: label 4 of ${role}image 6 is out of bounds: the model has 2 outputs (classes 0 to 1); ` +
      'the labels go up to 4: give the model 5 outputs';
    await expect(fit(net, { ...options(net), train: bad })).rejects.toThrow(text('training '));
    expect([...(await net.parameters()[0].array())]).toEqual(before);
    await expect(fit(net, { ...options(net), train: good, val: bad })).rejects.toThrow(text('validation '));
    await expect(evaluate(net, bad, { loss: crossEntropyLoss() })).rejects.toThrow(text(''));
    // The rows that are meant count, not what else the data set holds.
    const part = withRows(bad, [0, 1, 2, 3, 4, 5, 7]);
    expect((await fit(net, { ...options(net), train: part, val: part })).history).toHaveLength(2);
  });

  it('labels 1 to 4 on 4 outputs, and bytes of 255', async () => {
    const net = netOf(4);
    await expect(evaluate(net, data([1, 2, 3, 4]), { loss: crossEntropyLoss() })).rejects.toThrow(
      'label 4 of image 3 is out of bounds: the model has 4 outputs (classes 0 to 3); the labels are 1 to 4: ' +
        'number the classes from 0',
    );
    await expect(evaluate(net, data([0, 255]), { loss: crossEntropyLoss() })).rejects.toThrow(
      'label 255 of image 1',
    );
    await expect(evaluate(netOf(1), data([0, 1]), { loss: crossEntropyLoss() })).rejects.toThrow(
      'the model has 1 output (class 0)',
    );
  });

  it('findings that are neither 0 nor 1', async () => {
    const loss = binaryCrossEntropyLoss();
    const findings = data([0, 1, 1, 0, 2, 1], { labelColumns: 2, labelType: 'f32' });
    await expect(evaluate(netOf(2), findings, { loss })).rejects.toThrow(
      'binaryCrossEntropyLoss: label 2 of image 2, finding 0, is neither 0 nor 1; ' +
        "for class numbers use crossEntropyLoss and labelType: 'u32'",
    );
    const fine = await evaluate(netOf(2), withRows(findings, [0, 1]), { loss });
    expect(fine.loss).toBeGreaterThan(0);
    // Numbers that are no classes may be anything, if the loss is the user's own; nothing is counted then.
    const ages = data([30, 70], { labelType: 'f32' });
    const squares: Loss = (output, { labels }) => mseLoss(reshape(output, [2]), labels!);
    expect((await evaluate(netOf(1), ages, { loss: squares })).accuracy).toBeUndefined();
  });

  it('labels that only the device knows: fit throws at the end of the epoch', async () => {
    const train = data([0, 1, 1, 0, 1, 0, 0, 1, 0]);
    const net = netOf(2);
    const text = /crossEntropy: target 2 at row \d of the batch is out of bounds: there are 2 outputs/;
    await expect(fit(net, { ...options(net, shifted(1)), train })).rejects.toThrow(text);
    await expect(evaluate(net, train, { loss: shifted(1) })).rejects.toThrow(text);
    expect((await evaluate(net, train, { loss: shifted(0) })).loss).toBeGreaterThan(0);
  });

  it('rows that do not exist, where withRows was passed by', async () => {
    const net = netOf(2);
    const wrong = { ...data([0, 1, 1]), rows: Uint32Array.of(0, 3) };
    const text = /gatherImages: row 3, number 1 of the batch, does not exist: there are 3 images/;
    await expect(predict(net, wrong)).rejects.toThrow(text);
    await expect(evaluate(net, wrong, { loss: crossEntropyLoss() })).rejects.toThrow(text);
    const later = { ...wrong, rows: Uint32Array.of(0, 1, 1, 2, 2, 7) };
    await expect(predict(net, later, { batchSize: 2 })).rejects.toThrow(/row 7, number 1/);
    expect((await predict(net, { ...wrong, rows: Uint32Array.of(2) })).values).toHaveLength(2);
  });

  it('labels of a type that is not known', () => {
    expect(() =>
      examples(runtime, { images: new Uint8Array(4), shape: [1, 2, 2], labels: Float64Array.of(1) as never }),
    ).toThrow(/labels must be a Uint8Array, .* or Float32Array, not a Float64Array/);
    const labels = Uint8Array.of(1);
    const made = examples(runtime, { images: new Uint8Array(4), shape: [1, 2, 2], labels });
    labels[0] = 9;
    expect([...(made.labelValues ?? [])]).toEqual([1]);
  });

  it('count as wrong, and are named, where only the device knows them', async () => {
    const cases = fc
      .record({
        classes: fc.constantFrom(2, 3, 5),
        labels: fc.array(fc.nat(6), { minLength: 1, maxLength: 9 }),
      })
      .chain(({ classes, labels }) =>
        fc.record({
          classes: fc.constant(classes),
          labels: fc.constant(labels),
          logits: fc.array(fc.constantFrom(-1, 0, 2, Number.NaN), {
            minLength: classes * labels.length,
            maxLength: classes * labels.length,
          }),
        }),
      );
    const totals = new Totals(runtime);
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, labels, logits }) => {
        totals.reset();
        const targets = tensor(runtime, labels, [labels.length], { dtype: 'u32' });
        const output = tensor(runtime, logits, [labels.length, classes]);
        for (let batch = 0; batch < 2; batch++)
          runtime.step(() => totals.add(zeros(runtime, []), output, { labels: targets }));
        const bad = labels.findIndex((label) => label >= classes);
        if (bad >= 0) {
          await expect(totals.read()).rejects.toThrow(
            `accuracy: label ${labels[bad]} at row ${bad} of its batch is out of bounds: ` +
              `the model has ${classes} outputs`,
          );
          return;
        }
        // A row with a NaN is no answer.
        const right = labels.filter((label, n) => {
          const row = logits.slice(n * classes, (n + 1) * classes);
          return !row.some(Number.isNaN) && row.indexOf(Math.max(...row)) === label;
        });
        expect((await totals.read()).accuracy).toBeCloseTo(right.length / labels.length, 6);
      }),
      { numRuns: 25 },
    );
  });
});
