import { checkOptions, checkValue, type OptionTable, whole } from '@glassbox/options';
import { embedding, paddingRow, type Tensor, tensor } from '@glassbox/tensor-core/functions';
import { anInit, count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { requireInput } from './shapes.ts';

/** Options of `Embedding`, under PyTorch's names. */
export interface EmbeddingLayerOptions {
  /** A row that is 0 at first and learns nothing; negative numbers count from the end. Default none. */
  readonly paddingIdx?: number;
}

const optionNames: OptionTable<EmbeddingLayerOptions> = { paddingIdx: whole(Number.MIN_SAFE_INTEGER) };

/** A learnt row of numbers for each of so many things, as torch.nn.Embedding: rows of `weight` by their numbers. */
export class Embedding extends Module {
  /** Number of rows. */
  readonly numEmbeddings: number;
  /** Numbers in a row. */
  readonly embeddingDim: number;
  /** The row that learns nothing, from 0; undefined without. */
  readonly paddingIdx: number | undefined;
  /** Learnt rows [numEmbeddings, embeddingDim], at first drawn from the standard normal distribution. */
  readonly weight: Tensor;

  constructor(init: Init, numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    checkValue('Embedding', 'the first argument', init, anInit);
    checkValue('Embedding', 'numEmbeddings', numEmbeddings, count);
    checkValue('Embedding', 'embeddingDim', embeddingDim, count);
    checkOptions('Embedding', options, optionNames);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingRow('Embedding', numEmbeddings, options.paddingIdx);
    const rows = init.normal(numEmbeddings * embeddingDim);
    if (this.paddingIdx !== undefined) {
      rows.fill(0, this.paddingIdx * embeddingDim, (this.paddingIdx + 1) * embeddingDim);
    }
    this.weight = this.parameter('weight', tensor(init.runtime, rows, [numEmbeddings, embeddingDim]));
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    return members(numEmbeddings, embeddingDim, paddingIdx === undefined ? {} : { paddingIdx });
  }

  /**
   * @param x numbers of rows, u32 of any shape
   * @returns […,embeddingDim]
   * @throws RangeError if there is no such row: at once if the host knows, else at the next read of a value.
   */
  forward(x: Tensor): Tensor {
    requireInput('Embedding', x);
    const { weight, paddingIdx } = this;
    return embedding(x, weight, paddingIdx === undefined ? {} : { paddingIdx });
  }
}
