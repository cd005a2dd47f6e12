import {
  AvgPool2d,
  BatchNorm,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  GELU,
  GroupNorm,
  type Init,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from '@glassbox/nn';
import { concat, expand, type Tensor, tensor, zeros } from '@glassbox/tensor-core';
import { numbers } from './agrees.ts';

/** Running statistics and affine numbers as after a training: a fresh batch norm changes nothing. */
export function trained<M extends Module>(net: M): M {
  for (const [index, module] of net.modules().entries()) {
    if (!(module instanceof BatchNorm || module instanceof GroupNorm)) continue;
    const { weight, bias } = module;
    weight?.write(numbers(weight.size, [0.5, 1.5], index + 1));
    bias?.write(numbers(bias.size, [-0.5, 0.5], index + 2));
    if (module instanceof GroupNorm) continue;
    module.runningMean?.write(numbers(module.channels, [-0.5, 0.5], index + 3));
    module.runningVar?.write(numbers(module.channels, [0.5, 2], index + 4));
  }
  return net;
}

const block = (init: Init, from: number, to: number) =>
  new Sequential(
    new Conv2d(init, from, to, { kernelSize: 3, padding: 1, bias: false }),
    new BatchNorm2d(init, to),
    new ReLU(),
  );

/** Down, up, and across: what a level was is put beside what came back to it. [N,1,H,W] to [N,2,H,W]. */
export class UNet extends Module {
  readonly #parts: Readonly<Record<'first' | 'second' | 'bottom' | 'back' | 'last', Module>>;
  readonly #up: readonly ConvTranspose2d[];
  readonly #head: Conv2d;

  constructor(init: Init) {
    super();
    this.#parts = {
      first: this.child('first', block(init, 1, 4)),
      second: this.child('second', block(init, 4, 8)),
      bottom: this.child('bottom', block(init, 8, 12)),
      back: this.child('back', block(init, 16, 8)),
      last: this.child('last', block(init, 8, 4)),
    };
    const grow = { kernelSize: 2, stride: 2 };
    this.#up = [
      this.child('up1', new ConvTranspose2d(init, 12, 8, grow)),
      this.child('up2', new ConvTranspose2d(init, 8, 4, grow)),
    ];
    this.#head = this.child('head', new Conv2d(init, 4, 2, { kernelSize: 1 }));
  }

  forward(x: Tensor): Tensor {
    const halve = new MaxPool2d(2);
    const { first, second, bottom, back, last } = this.#parts;
    const top = first.forward(x);
    const middle = second.forward(halve.forward(top));
    const low = bottom.forward(halve.forward(middle));
    const up = back.forward(concat([middle, this.#up[0].forward(low)], 1));
    return this.#head.forward(last.forward(concat([top, this.#up[1].forward(up)], 1)));
  }
}

/** Each layer sees all before it (Huang et al., 2017), then a mean over pixels. */
export class DenseNet extends Module {
  readonly #layers: readonly Module[];
  readonly #head: Linear;

  constructor(init: Init) {
    super();
    this.#layers = [3, 7, 11].map((from, index) =>
      this.child(
        `layer${index}`,
        new Sequential(
          new BatchNorm2d(init, from),
          new ReLU(),
          new Conv2d(init, from, 4, { kernelSize: 3, padding: 1, bias: false }),
        ),
      ),
    );
    this.#head = this.child('head', new Linear(init, 15, 5));
  }

  forward(x: Tensor): Tensor {
    let all = x;
    for (const layer of this.#layers) all = concat([all, layer.forward(all)], 1);
    return this.#head.forward(all.mean({ dim: [2, 3] }));
  }
}

/** A small vision transformer: patches, a class token, positions, attention with heads, and a feed-forward part. */
export class Attention extends Module {
  readonly #patches: Conv2d;
  readonly #token: Tensor;
  readonly #positions: Tensor;
  readonly #qkv: Linear;
  readonly #out: Linear;
  readonly #feed: Module;
  readonly #norm: GroupNorm;
  readonly #head: Linear;

  constructor(init: Init) {
    super();
    const { runtime } = init;
    this.#patches = this.child('patches', new Conv2d(init, 1, 12, { kernelSize: 4, stride: 4 }));
    this.#token = this.parameter('token', tensor(runtime, numbers(12), [1, 1, 12]));
    this.#positions = this.buffer('positions', tensor(runtime, numbers(10 * 12), [10, 12]));
    this.#qkv = this.child('qkv', new Linear(init, 12, 36));
    this.#out = this.child('out', new Linear(init, 12, 12));
    this.#norm = this.child('norm', new GroupNorm(init, 1, 10));
    this.#feed = this.child(
      'feed',
      new Sequential(new Linear(init, 12, 24), new GELU(), new Dropout(init), new Linear(init, 24, 12)),
    );
    this.#head = this.child('head', new Linear(init, 12, 3));
  }

  forward(x: Tensor): Tensor {
    const [n] = x.shape;
    const patches = this.#patches.forward(x).reshape(n, 12, -1).transpose(1, 2);
    const y = concat([expand(this.#token, [n, 1, 12]), patches], 1).add(this.#positions);
    const z = y.add(this.attend(this.#norm.forward(y)));
    return this.#head.forward(z.add(this.#feed.forward(z)).select(1, 0));
  }

  /** Three heads of 4. */
  private attend(x: Tensor): Tensor {
    const [n, t] = x.shape;
    const heads = this.#qkv.forward(x).reshape(n, t, 3, 3, 4).permute(2, 0, 3, 1, 4);
    const [q, k, v] = [0, 1, 2].map((which) => heads.at(which));
    const scores = q.matmul(k.transpose()).mul(1 / Math.sqrt(4));
    return this.#out.forward(scores.softmax().matmul(v).permute(0, 2, 1, 3).reshape(n, t, 12));
  }
}

/** Long short-term memory over the rows of an image, written out. */
export class Lstm extends Module {
  readonly #input: Linear;
  readonly #hidden: Linear;
  readonly #head: Linear;

  constructor(init: Init) {
    super();
    this.#input = this.child('input', new Linear(init, 6, 20));
    this.#hidden = this.child('hidden', new Linear(init, 5, 20, { bias: false }));
    this.#head = this.child('head', new Linear(init, 5, 2));
  }

  forward(x: Tensor): Tensor {
    const [n, steps] = x.shape;
    let [h, c] = [zeros(x.runtime, [n, 5]), zeros(x.runtime, [n, 5])];
    for (let step = 0; step < steps; step++) {
      const gates = this.#input.forward(x.select(1, step)).add(this.#hidden.forward(h));
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates.slice(1, 5 * gate, 5 * gate + 5));
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      h = o.sigmoid().mul(c.tanh());
    }
    return this.#head.forward(h);
  }
}

/** Group norm in place of batch norm, and one layer that is used twice. */
export class GroupNormNet extends Module {
  readonly #layers: readonly Module[];

  constructor(init: Init) {
    super();
    const twice = new Conv2d(init, 8, 8, { kernelSize: 3, padding: 1, groups: 4 });
    this.#layers = [
      this.child('conv', new Conv2d(init, 3, 8, { kernelSize: 3, stride: 2, padding: 1 })),
      this.child('norm', new GroupNorm(init, 4, 8)),
      this.child('twice', twice),
      this.child('norm2', new GroupNorm(init, 8, 8, { affine: false })),
      twice,
      new AvgPool2d(2),
    ];
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y).relu(), x);
  }
}
