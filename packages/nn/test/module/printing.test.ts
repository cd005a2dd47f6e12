import { inspect } from 'node:util';
import { backward, sum, type Tensor, zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const { runtime } = runtimes.find(({ name }) => name === 'wasm')!;
const init = new nn.Init(runtime, 0);

describe('a module as text', () => {
  const printed: [nn.Module, string][] = [
    [new nn.Conv2d(init, 1, 16, { kernelSize: 3 }), 'Conv2d(1, 16, kernelSize: 3x3, stride: 1x1)'],
    [
      new nn.Conv2d(init, 4, 8, { kernelSize: [3, 5], stride: 2, padding: [0, 2], groups: 2, bias: false }),
      'Conv2d(4, 8, kernelSize: 3x5, stride: 2x2, padding: 0x2, groups: 2, bias: false)',
    ],
    [
      new nn.ConvTranspose2d(init, 4, 2, { kernelSize: 3, stride: 2, padding: 1, outputPadding: 1 }),
      'ConvTranspose2d(4, 2, kernelSize: 3x3, stride: 2x2, padding: 1x1, outputPadding: 1x1)',
    ],
    [new nn.Linear(init, 8, 2, { bias: false }), 'Linear(inFeatures: 8, outFeatures: 2, bias: false)'],
    [new nn.BatchNorm2d(init, 8), 'BatchNorm2d(8, eps: 0.00001, momentum: 0.1)'],
    [new nn.GroupNorm(init, 2, 8), 'GroupNorm(2, 8, eps: 0.00001, affine: true)'],
    [new nn.Dropout2d(init, 0.25), 'Dropout2d(p: 0.25)'],
    [new nn.MaxPool2d(2), 'MaxPool2d(kernelSize: 2x2, stride: 2x2, padding: 0x0)'],
    [new nn.LeakyReLU(0.1), 'LeakyReLU(slope: 0.1)'],
    [new nn.GELU({ approximate: 'tanh' }), "GELU(approximate: 'tanh')"],
    [new nn.Flatten(), 'Flatten()'],
  ];
  it.each(printed)('%s', (module, text) => {
    expect(String(module)).toBe(text);
    expect(inspect({ module })).toContain(text);
  });

  it('is a tree where there are parts', () => {
    class Block extends nn.Module {
      readonly body = this.child('body', new nn.Sequential(new nn.ReLU(), new nn.Tanh()));
      readonly head = this.child('head', new nn.Linear(init, 2, 1));
      override extraRepr(): string {
        return 'scale: 2';
      }
      forward(x: Tensor): Tensor {
        return this.head.forward(this.body.forward(x)).mul(2);
      }
    }
    const text = [
      'Sequential(',
      '  (0): Block(',
      '    scale: 2',
      '    (body): Sequential(',
      '      (0): ReLU()',
      '      (1): Tanh()',
      '    )',
      '    (head): Linear(inFeatures: 2, outFeatures: 1, bias: true)',
      '  )',
      ')',
    ].join('\n');
    const net = new nn.Sequential(new Block());
    expect(inspect(net)).toBe(text);
    const ask = net as unknown as Record<symbol, () => unknown>;
    const linear = '<b>Linear</b> (inFeatures: 2, outFeatures: 1, bias: true)';
    const body = '<b>Sequential</b></summary><ul><li>0: <b>ReLU</b></li><li>1: <b>Tanh</b></li></ul>';
    expect(ask[Symbol.for('Jupyter.display')]()).toEqual({
      'text/plain': text,
      'text/html': [
        '<details open><summary><b>Sequential</b> <small>3 parameters</small></summary><ul><li>',
        '<details open><summary>0: <b>Block</b> (scale: 2) <small>3 parameters</small></summary><ul>',
        `<li><details open><summary>body: ${body}</details></li>`,
        `<li>head: ${linear} <small>3 parameters</small></li>`,
        '</ul></details></li></ul></details>',
      ].join(''),
    });
    expect(ask[Symbol.for('Deno.customInspect')]()).toBe(text);
  });
});

/** Names that are markup are shown as what they are. */
class Odd extends nn.Module {
  static {
    Object.defineProperty(Odd, 'name', { value: '<i>' });
  }
  readonly part = this.child('a<b', new nn.Linear(init, 1, 1));
  override extraRepr(): string {
    return `"<&'>"`;
  }
  forward = (x: Tensor) => this.part.forward(x);
}
const html = (x: object) =>
  (x as Record<symbol, () => Record<string, string>>)[Symbol.for('Jupyter.display')]()['text/html'];

it('markup in names is escaped', () => {
  expect(html(new Odd())).toContain('<b>&lt;i&gt;</b> (&quot;&lt;&amp;&#39;&gt;&quot;) <small>2 parameters');
  expect(html(new Odd())).toContain('<li>a&lt;b: <b>Linear</b>');
  expect(html(nn.summary(new Odd(), [3, 1]))).toContain('\u2003a&lt;b: Linear</td>');
});

describe.each(runtimes)('summary on $name', ({ runtime }) => {
  it('shapes of every part, also of those that are computed together, and frozen parameters', async () => {
    const net = new nn.PracticalNet(runtime, { widths: [16, 32] });
    net.convolutions[0].freeze();
    const before = await net.stateDict();
    const summary = nn.summary(net, [1, 1, 28, 28]);
    expect(inspect(summary)).toBe(
      [
        'part                output        parameters  frozen',
        '----------------------------------------------------',
        'input               [1,1,28,28]',
        'PracticalNet        [1,2]                  -       -',
        '  conv1: Conv2d     [1,16,14,14]         160     160',
        '  bn1: BatchNorm2d  [1,16,14,14]          32       -',
        '  conv2: Conv2d     [1,32,7,7]         4,640       -',
        '  bn2: BatchNorm2d  [1,32,7,7]            64       -',
        '  fc: Linear        [1,2]              3,138       -',
        '----------------------------------------------------',
        'total                                  8,034     160',
      ].join('\n'),
    );
    expect(net.parameterCount()).toBe(8034);
    expect(summary.total).toEqual({ parameters: 8034, frozen: 160 });
    expect(summary.rows[1]).toEqual({
      name: 'conv1',
      kind: 'Conv2d',
      depth: 1,
      output: [1, 16, 14, 14],
      parameters: 160,
      frozen: 160,
    });
    const table = html(summary);
    expect(table.match(/<tr>/g)).toHaveLength(9);
    expect(table).toContain('>\u2003bn2: BatchNorm2d</td><td style="text-align:left">[1,32,7,7]</td>');
    // Nothing of it remains: no statistics, no mode, no watched forward.
    expect(await net.stateDict()).toEqual(before);
    expect(net.modules().every((module) => module.training)).toBe(true);
    expect(net.modules().some((module) => Object.hasOwn(module, 'forward'))).toBe(false);
    const { buffers } = runtime.device.memory;
    nn.summary(net, [1, 1, 28, 28]);
    await runtime.device.synchronize();
    expect(runtime.device.memory.buffers).toBe(buffers);
    backward(sum(net.forward(zeros(runtime, [2, 1, 28, 28]))));
    expect(net.fc.weight.grad?.shape).toEqual([2, 1568]);
  });

  it('a shared parameter once, a part that is not used, a batch for a net without parameters', () => {
    const init = new nn.Init(runtime, 0);
    class Twice extends nn.Module {
      readonly first = this.child('first', new nn.Linear(init, 3, 3));
      readonly shared = this.parameter('shared', this.first.weight);
      readonly idle = this.child('idle', new nn.ReLU());
      forward = (x: Tensor) => this.first.forward(this.first.forward(x));
    }
    const net = new Twice();
    const { forward } = net;
    expect(String(nn.summary(net, [5, 3]))).toBe(
      [
        'part             output    parameters  frozen',
        '---------------------------------------------',
        'input            [5,3]',
        'Twice            [5,3]              9       -',
        '  first: Linear  [5,3]              3       -',
        '  idle: ReLU     not used           -       -',
        '---------------------------------------------',
        'total                              12       -',
      ].join('\n'),
    );
    expect(net.forward).toBe(forward);
    const plain = new nn.Sequential(new nn.Flatten());
    expect(() => nn.summary(plain, [1, 2, 3])).toThrow(/summary: .* no parameters .* give a batch/);
    expect(String(nn.summary(plain, zeros(runtime, [2, 3, 4])))).toMatch(/0: Flatten +\[2,12\]/);
    expect(() => nn.summary(new nn.Linear(init, 3, 2), [5, 4])).toThrow(/Linear: expected input/);
    expect(() => nn.summary({} as never, [1])).toThrow(/summary: net must be a module/);
    expect(() => nn.summary(net, 3 as never)).toThrow(/summary: input must be a list/);
  });
});
