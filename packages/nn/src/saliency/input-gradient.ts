import { checkOptions, type OptionTable, required, whole } from '@glassbox/options';
import type { Tensor } from '@glassbox/tensor-core/functions';
import type { Module } from '../module/module.ts';
import { backwardFromLogit, checkSaliency, takenGradient } from './logit.ts';

/** What `inputGradient` explains. */
export interface InputGradientOptions {
  /** The class whose logit it is, from 0. */
  readonly target: number;
}

const optionNames: OptionTable<InputGradientOptions> = { target: required(whole(0)) };

/**
 * How much one logit of each image changes with each of its pixels: d logit / d images (Simonyan, Vedaldi, Zisserman
 * 2014, "Deep Inside Convolutional Networks"; its absolute value is their saliency map). The net is in evaluation mode
 * meanwhile, so images do not influence each other. Gradients of parameters are left as they are.
 * @param net gives logits [N,K]
 * @param images [N,C,H,W], as the net gets them
 * @returns [N,C,H,W], in logits for one unit of the net's input
 * @throws RangeError if the net gives no such logit.
 */
export function inputGradient(net: Module, images: Tensor, options: InputGradientOptions): Tensor {
  checkOptions('inputGradient', options, optionNames);
  const { target } = options;
  checkSaliency('inputGradient', net, images, target);
  return images.runtime.step(() => {
    const x = images.detach().requiresGrad_();
    backwardFromLogit('inputGradient', net, target, () => net.forward(x));
    return takenGradient(x);
  });
}
