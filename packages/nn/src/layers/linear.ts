import { checkOptions, checkValue, flag, type OptionTable } from '@glassbox/options';
import { linearStep, type Step, step, type Tensor, tensor } from '@glassbox/tensor-core/functions';
import { anInit, count } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { OpLayer } from './op-layer.ts';
import { requireInput } from './shapes.ts';

/** What a linear layer may leave out. */
export interface LinearLayerOptions {
  /** Add a learnt number to each output. Default true. */
  readonly bias?: boolean;
}

const optionNames: OptionTable<LinearLayerOptions> = { bias: flag };

/** y = x weightᵀ + bias: […,inFeatures] to […,outFeatures], with any dimensions before the last. */
export class Linear extends OpLayer {
  /** Size of the input's last dimension. */
  readonly inFeatures: number;
  /** Size of the output's last dimension. */
  readonly outFeatures: number;
  /** Learnt factors [outFeatures, inFeatures]. */
  readonly weight: Tensor;
  /** A learnt number for each output [outFeatures]; null without. */
  readonly bias: Tensor | null;

  constructor(init: Init, inFeatures: number, outFeatures: number, options: LinearLayerOptions = {}) {
    super();
    checkValue('Linear', 'the first argument', init, anInit);
    checkValue('Linear', 'inFeatures', inFeatures, count);
    checkValue('Linear', 'outFeatures', outFeatures, count);
    checkOptions('Linear', options, optionNames);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const weight = init.kaimingUniform(outFeatures * inFeatures, inFeatures);
    this.weight = this.parameter('weight', tensor(init.runtime, weight, [outFeatures, inFeatures]));
    this.bias =
      options.bias === false
        ? null
        : this.parameter(
            'bias',
            tensor(init.runtime, init.kaimingUniform(outFeatures, inFeatures), [outFeatures]),
          );
  }

  get step(): Step {
    return step(linearStep, this.weight, this.bias);
  }

  override extraRepr(): string {
    const { inFeatures, outFeatures, bias } = this;
    return members({ inFeatures, outFeatures, bias: bias !== null });
  }

  protected override check(x: Tensor): void {
    requireInput('Linear', x);
    if (x.shape.at(-1) !== this.inFeatures) {
      const last = x.shape.at(-1);
      const flat = x.shape.length > 2 ? 'flatten images first, or ' : '';
      throw new RangeError(
        `Linear: expected input […,${this.inFeatures}] but got [${x.shape}]${
          last === undefined ? '' : `; ${flat}build the layer with ${last} inputs`
        }`,
      );
    }
  }
}
