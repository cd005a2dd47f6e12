import { checkOptions, type OptionTable, required, whole } from '@glassbox/options';
import { mean, mul, noGrad, relu, sum, type Tensor } from '@glassbox/tensor-core/functions';
import { observeLayers } from '../layers/observe.ts';
import { aModule } from '../module/kinds.ts';
import type { Module } from '../module/module.ts';
import { backwardFromLogit, checkSaliency, takenGradient } from './logit.ts';

/** What `gradCam` explains, and by which layer. */
export interface GradCamOptions {
  /** The class whose logit it is, from 0. */
  readonly target: number;
  /** A layer of the net that gives maps: mostly its last convolution. */
  readonly layer: Module;
}

const optionNames: OptionTable<GradCamOptions> = { target: required(whole(0)), layer: required(aModule) };

/**
 * Grad-CAM: where the maps of a layer speak for a class (Selvaraju et al. 2017). With the layer's output A, a map for
 * each channel k, and the logit y of the class:
 *
 *     weight_k = mean over pixels of d y / d A_k        map = ReLU(sum over k of weight_k · A_k)
 *
 * The net is in evaluation mode meanwhile. Gradients of parameters are left as they are.
 * @param net gives logits [N,K]; the layer is one that `observeLayers` tells of, once for each forward pass
 * @param images [N,C,H,W], as the net gets them
 * @returns [N,P,Q], as high and wide as the layer's maps; 0 where nothing speaks for the class
 * @throws RangeError or Error if the net gives no such logit, or the layer is not computed once, or gives no maps.
 */
export function gradCam(net: Module, images: Tensor, options: GradCamOptions): Tensor {
  checkOptions('gradCam', options, optionNames);
  const { target, layer } = options;
  checkSaliency('gradCam', net, images, target);
  return images.runtime.step(() => {
    const seen: Tensor[] = [];
    // All parameters are frozen and the images are no leaf: the layer's output is the first that wants a gradient.
    const observe = (each: Module, _: Tensor, output: Tensor) => {
      if (each === layer) seen.push(output.requiresGrad_());
    };
    backwardFromLogit('gradCam', net, target, () =>
      observeLayers(observe, () => {
        const logits = net.forward(images.detach());
        requireMaps(seen);
        return logits;
      }),
    );
    const [maps] = seen;
    return noGrad(() => {
      const weights = mean(takenGradient(maps), { dim: [2, 3], keepdim: true });
      return relu(sum(mul(maps, weights), { dim: 1 }));
    });
  });
}

function requireMaps(seen: readonly Tensor[]): void {
  if (seen.length !== 1) {
    throw new Error(
      `gradCam: the layer was computed ${seen.length} times in a forward pass; pass a layer of this net, ` +
        'without parts, that is computed once',
    );
  }
  if (seen[0].shape.length !== 4) {
    throw new RangeError(`gradCam: the layer gives [${seen[0].shape}]; it should give maps [N,K,P,Q]`);
  }
}
