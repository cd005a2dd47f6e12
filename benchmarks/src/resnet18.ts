import { AvgPool2d, BatchNorm2d, Conv2d, forwardThrough, Init, Linear, Module, ReLU } from '@glassbox/nn';
import { add, flatten, type Runtime, type Tensor } from '@glassbox/tensor-core';

/** Two 3x3 convolutions around which the input is added, by way of a 1x1 convolution where shapes change. */
class BasicBlock extends Module {
  readonly #residual: readonly Module[];
  readonly #shortcut: readonly Module[];
  readonly #relu = new ReLU();

  constructor(init: Init, before: number, width: number, stride: number) {
    super();
    const conv = (name: string, from: number, kernelSize: 1 | 3, step: number) =>
      this.child(
        name,
        new Conv2d(init, from, width, {
          kernelSize,
          stride: step,
          padding: (kernelSize - 1) / 2,
          bias: false,
        }),
      );
    const norm = (name: string) => this.child(name, new BatchNorm2d(init, width));
    this.#residual = [
      conv('conv1', before, 3, stride),
      norm('bn1'),
      this.#relu,
      conv('conv2', width, 3, 1),
      norm('bn2'),
    ];
    this.#shortcut =
      stride === 1 && before === width ? [] : [conv('downsample0', before, 1, stride), norm('downsample1')];
  }

  forward(x: Tensor): Tensor {
    const sum = add(forwardThrough(x, this.#residual), forwardThrough(x, this.#shortcut));
    return this.#relu.forward(sum);
  }
}

/**
 * ResNet-18 (He et al., 2016) for images of 28x28, as it is used for CIFAR: a 3x3 convolution with stride 1 and no
 * pooling in place of the 7x7 with stride 2. Widths 64, 128, 256, 512 with two blocks each, batch norm, a mean over the
 * last 4x4 pixels, one linear layer: 11.2 million parameters, in torchvision's order. Built from public layers only: a
 * net of usual size that this project has no kernel for.
 */
export class ResNet18 extends Module {
  readonly #features: readonly Module[];
  readonly #fc: Linear;

  constructor(runtime: Runtime) {
    super();
    const init = new Init(runtime, 0);
    const features: Module[] = [
      this.child('conv1', new Conv2d(init, 1, 64, { kernelSize: 3, padding: 1, bias: false })),
      this.child('bn1', new BatchNorm2d(init, 64)),
      new ReLU(),
    ];
    let before = 64;
    for (const [index, width] of [64, 128, 256, 512].entries()) {
      for (const block of [0, 1]) {
        const stride = index > 0 && block === 0 ? 2 : 1;
        features.push(this.child(`layer${index + 1}_${block}`, new BasicBlock(init, before, width, stride)));
        before = width;
      }
    }
    this.#features = [...features, new AvgPool2d(4)];
    this.#fc = this.child('fc', new Linear(init, 512, 2));
  }

  /** Images [N,1,28,28] to logits [N,2]. */
  forward(x: Tensor): Tensor {
    return this.#fc.forward(flatten(forwardThrough(x, this.#features)));
  }
}
