import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';

/**
 * Draws the filters of all convolutions of a net anew, as torch.nn.init.kaiming_normal_ with the gain √2 of a ReLU (He
 * et al., 2015): normal numbers of variance 2 / fan. The fan is the number of products that make an output (`fan_in`),
 * or, with outputs in place of inputs, `fan_out`; of all groups, as in PyTorch. Biases of convolutions become 0.
 */
export function kaimingNormal(net: Module, init: Init, mode: 'fan_in' | 'fan_out'): void {
  for (const { weight, bias } of net.modules().filter((layer) => layer instanceof Conv2d)) {
    const [outputs, inputs, r, s] = weight.shape;
    const fan = (mode === 'fan_out' ? outputs : inputs) * r * s;
    weight.write(init.normal(weight.size, Math.sqrt(2 / fan)));
    bias?.write(new Float32Array(bias.size));
  }
}

/** Draws the weights of all linear layers of a net anew: normal numbers. Their biases become 0. */
export function normalLinear(net: Module, init: Init, std: number): void {
  for (const { weight, bias } of net.modules().filter((layer) => layer instanceof Linear)) {
    weight.write(init.normal(weight.size, std));
    bias?.write(new Float32Array(bias.size));
  }
}
