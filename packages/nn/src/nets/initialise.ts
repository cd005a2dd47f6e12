import { Conv2d } from '../layers/conv2d.ts';
import type { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';

/**
 * Draws the filters of all convolutions of a net anew, as torch.nn.init.kaiming_normal_ with `nonlinearity='relu'`
 * (He et al., 2015): normal numbers of variance 2 / fan, where fan counts the products that an input (`fan_out`) or an
 * output (`fan_in`) takes part in, groups left out as in PyTorch. Biases of convolutions become 0.
 */
export function kaimingNormal(net: Module, init: Init, mode: 'fan_in' | 'fan_out'): void {
  for (const layer of net.modules()) {
    if (!(layer instanceof Conv2d)) continue;
    const [outputs, inputs, r, s] = layer.weight.shape;
    const fan = (mode === 'fan_out' ? outputs : inputs) * r * s;
    layer.weight.write(init.normal(layer.weight.size, Math.sqrt(2 / fan)));
    layer.bias?.write(new Float32Array(layer.bias.size));
  }
}
