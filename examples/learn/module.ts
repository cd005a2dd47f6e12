import { nn, openRuntime, type Tensor, zeros } from 'glassbox';

/** A block of a residual net: x + norm(conv(relu(norm(conv(x))))), as wide as it is. */
class Residual extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly norm1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly norm2: nn.BatchNorm2d;

  constructor(init: nn.Init, channels: number) {
    super();
    const options = { kernelSize: 3, padding: 'same', bias: false } as const;
    this.conv1 = this.child('conv1', new nn.Conv2d(init, channels, channels, options));
    this.norm1 = this.child('norm1', new nn.BatchNorm2d(init, channels));
    this.conv2 = this.child('conv2', new nn.Conv2d(init, channels, channels, options));
    this.norm2 = this.child('norm2', new nn.BatchNorm2d(init, channels));
  }

  forward(x: Tensor): Tensor {
    const inner = this.norm1.forward(this.conv1.forward(x)).relu();
    return this.norm2.forward(this.conv2.forward(inner)).add(x).relu();
  }
}

const runtime = await openRuntime();
const init = new nn.Init(runtime, 0);
const net = new nn.Sequential(
  new nn.Conv2d(init, 1, 8, { kernelSize: 3, stride: 2, padding: 1 }),
  new Residual(init, 8),
  new nn.Flatten(),
  new nn.Linear(init, 8 * 14 * 14, 2),
);

console.log(String(nn.summary(net, [1, 1, 28, 28])));
console.log([...net.namedParameters().keys()].slice(2, 6));

const output = net.forward(zeros(runtime, [4, 1, 28, 28]));
output.sum().backward();
console.log(net.parameters().every((parameter) => parameter.grad !== null));
await runtime.destroy();
