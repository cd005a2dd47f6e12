import {
  bceWithLogits,
  crossEntropy,
  dropout,
  mseLoss,
  noGrad,
  openRuntime,
  randomNormal,
  stepInput,
  type Tensor,
  tensor,
  zeros,
} from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import * as nn from '../src/index.ts';

/** What people type who come from PyTorch, in JavaScript that no compiler has checked: each error says what to do. */
const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(() => runtime.destroy());
const init = new nn.Init(runtime, 0);
const net = new nn.Sequential(
  new nn.Conv2d(init, 3, 4, { kernelSize: 3, padding: 1 }),
  new nn.ReLU(),
  new nn.Flatten(),
  new nn.Linear(init, 4 * 64, 2),
);
const optimizer = new nn.SGD(net.parameters(), { lr: 0.1 });
const images = zeros(runtime, [2, 3, 8, 8]);
const logits = zeros(runtime, [2, 2]);
const x = tensor(runtime, [1], [1]);
const data = nn.examples(runtime, {
  images: new Uint8Array(4 * 192),
  shape: [3, 8, 8],
  labels: Uint8Array.of(0, 1, 0, 1),
});
const loss = nn.crossEntropyLoss();
/** Without types. */
// biome-ignore lint/suspicious/noExplicitAny: as plain JavaScript sees it
const js = (value: unknown): any => value;

class Empty extends nn.Module {
  forward(images: Tensor): Tensor {
    images.relu();
    return js(undefined);
  }
}
class Later extends nn.Module {
  forward(images: Tensor): Tensor {
    return js(Promise.resolve(images.relu()));
  }
}
class Nameless extends nn.Module {
  fc = js(this).child(new nn.Linear(init, 2, 2));
  forward(images: Tensor): Tensor {
    return images;
  }
}

const mistakes: Record<string, [() => unknown, RegExp]> = {
  'new Conv2d(3, 16, 3)': [
    () => new nn.Conv2d(js(3), 16, 3, js(undefined)),
    /must be an Init: new Init\(runtime, seed\)/,
  ],
  'kernel_size=3': [() => new nn.Conv2d(init, 3, 8, js({ kernel_size: 3 })), /did you mean 'kernelSize'/],
  'tensor([1, 2, 3])': [() => js(tensor)([1, 2, 3]), /runtime must be a runtime, from await openRuntime\(\)/],
  'zeros(2, 3)': [() => js(zeros)(2, 3), /runtime must be a runtime, from await openRuntime/],
  'tensor without a shape': [
    () => js(tensor)(runtime, [1, 2]),
    /the shape is missing: tensor\(runtime, data/,
  ],
  'tensor of a number': [() => tensor(runtime, js(5), []), /data must be a list of numbers, not 5/],
  'lists in lists': [
    () =>
      tensor(
        runtime,
        js([
          [1, 2],
          [3, 4],
        ]),
        [2, 2],
      ),
    /without others inside/,
  ],
  'openRuntime without await': [
    () => nn.examples(js(openRuntime({ device: 'wasm', threads: 1 })), js({})),
    /runtime must be a runtime, from await openRuntime\(\), not a Promise/,
  ],
  'x + 1': [() => js(x) + 1, /x\.add\(y\) adds/],
  'loss < best': [() => js(x) < 3, /await x\.item\(\) gives the number/],
  'total += loss.item()': [() => 0 + js(x.item()), /await x\.item\(\)/],
  'x.view': [() => js(x).view(1, 1), /there is no view\(\); here it is reshape\(\)/],
  'x.log_softmax': [() => js(x).log_softmax(0), /here it is logSoftmax\(\)/],
  'x.cuda': [() => js(x).cuda(), /openRuntime\({ device: 'webgpu' }\)/],
  'x.add()': [() => js(x).add(), /add: expected a tensor, not undefined/],
  'optimizer.zero_grad': [
    () => js(optimizer).zero_grad(),
    /Optimizer: there is no zero_grad\(\); here it is zeroGrad/,
  ],
  'net.load_state_dict': [() => js(net).load_state_dict({}), /here it is loadStateDict\(\)/],
  'net.to': [() => js(net).to('cuda'), /a net lives where its Init says/],
  'ema.update_parameters': [
    () => js(new nn.AveragedModel(net, { decay: 0.9 })).update_parameters(net),
    /here it is updateParameters\(\)/,
  ],
  'params in a group': [
    () => new nn.SGD(js([{ params: net.parameters() }]), { lr: 0.1 }),
    /a group is { parameters, lr, … }/,
  ],
  'loss(logits, labels)': [() => loss(logits, js(data.labels)), /must be the batch, { images, labels }/],
  'labels as floats': [() => crossEntropy(logits, tensor(runtime, [0, 1], [2])), /cast\(labels, 'u32'\)/],
  'labels one-hot as integers': [() => crossEntropy(logits, logits.cast('u32')), /cast\(labels, 'f32'\)/],
  'labels as a list': [() => crossEntropy(logits, js([0, 1])), /expected a tensor, not \[0, 1\]/],
  'targets as a list': [() => mseLoss(logits, js([0, 1])), /expected a tensor, not \[0, 1\]/],
  'no target': [() => js(bceWithLogits)(logits), /expected a tensor, not undefined/],
  'channels last': [() => net.forward(zeros(runtime, [2, 8, 8, 3])), /x\.permute\(0, 3, 1, 2\)/],
  'no batch dimension': [() => net.forward(zeros(runtime, [3, 8, 8])), /x\.reshape\(1, 3, 8, 8\)/],
  'net.forward(batch)': [
    () => {
      for (const batch of nn.batches(data, { batchSize: 2 })) net.forward(js(batch));
    },
    /net\.forward\(batch\.images\)/,
  ],
  'for images, labels in batches': [
    () => {
      for (const [, labels] of js(nn.batches(data, { batchSize: 2 }))) labels.sum();
    },
    /for \(const { images, labels } of batches\)/,
  ],
  'forward without return': [
    () => new nn.Sequential(new Empty(), new nn.Linear(init, 2, 2)).forward(images),
    /does the forward before it return something/,
  ],
  'asynchronous forward': [
    () => new nn.Sequential(new Later(), new nn.Linear(init, 2, 2)).forward(images),
    /make forward synchronous/,
  ],
  'a part without a name': [() => new Nameless(), /this\.child\('fc', module\)/],
  'asynchronous noGrad': [() => noGrad(async () => net.forward(images)), /a synchronous function/],
  'step without a function': [() => js(runtime).step(), /take a function/],
  'stepInput of a number': [() => stepInput(runtime, [], 'f32', js(5)), /compute must be a function/],
  'random numbers without a source': [
    () => js(randomNormal)(runtime, [2]),
    /randomNormal: source: seed is missing/,
  ],
  'dropout without a source': [() => js(dropout)(x, 0.5), /dropout: source: seed is missing/],
  'cosine(optimizer, 10)': [() => js(nn.cosine)(optimizer, 10), /length cannot be a SGD/],
  'state and path exchanged': [
    async () => nn.writeSafetensors(js(await net.stateDict()), js('net.safetensors')),
    /path must be a text, not a Map/,
  ],
  'stateDict without await': [
    () => nn.encodeSafetensors(js(net.stateDict())),
    /from await net\.stateDict\(\), not a Promise/,
  ],
  'a file that is not there': [
    () => nn.readTorch('nowhere.pth'),
    /there is no such file\. Check the path\.$/,
  ],
  "another net's optimiser": [
    () => {
      const other = new nn.Sequential(new nn.Flatten(), new nn.Linear(init, 192, 2));
      return nn.fit(other, { train: data, loss, optimizer, epochs: 1, batchSize: 2 });
    },
    /none of the optimiser's parameters is the model's/,
  ],
  'use after destroy': [
    async () => {
      const other = await openRuntime({ device: 'wasm', threads: 1 });
      const y = zeros(other, [1]);
      await other.destroy();
      await y.add(1).item();
    },
    /open a new one with openRuntime\(\)/,
  ],
};

describe('mistakes', () => {
  it.each(Object.entries(mistakes))('%s', async (_, [mistake, said]) => {
    await expect((async () => mistake())()).rejects.toThrow(said);
  });

  it('are no obstacle to what is right', async () => {
    expect(`${x}`).toContain('Tensor [1] f32 on wasm');
    expect((await x.item()) + 1).toBe(2);
    expect(Object.keys(optimizer)).not.toContain('zero_grad');
    for (const name in x) expect(name).not.toBe('view');
  });
});
