import { crossEntropyLoss, fit, PracticalNet, SGD, withRows } from '@glassbox/nn';
import { type Device, Runtime } from '@glassbox/tensor-core';
import { median } from '../statistics.ts';
import { type Measured, measured, type Precision, untilPrecise } from '../timing.ts';
import { randomImages } from './data.ts';

/** What one whole epoch of the practical's classifier costs through `fit`: shuffling, training, validation, metrics. */
export interface EpochResult extends Measured {
  readonly case: 'practical-net epoch';
  readonly batch: number;
  readonly device: string;
  readonly adapter: string;
  readonly threads: number | null;
  /** Training images. */
  readonly images: number;
  readonly validationImages: number;
  /** The first epoch: compiling included. */
  readonly firstEpochMs: number;
  /** A second one: the median. */
  readonly epochMs: number;
  readonly msPerImage: number;
}

/** One validation image for seven training images, as in ChestMNIST. */
export const validationShare = 1 / 7;

/** Runs `fit` for two epochs on random images, and again until the time of the second one is known. */
export async function measureEpoch(
  device: Device,
  images: number,
  batch: number,
  precision: Precision,
): Promise<EpochResult> {
  const runtime = new Runtime(device);
  const validationImages = Math.round(images * validationShare);
  const data = randomImages(runtime, images + validationImages);
  const model = new PracticalNet(runtime);
  const optimizer = new SGD(model.parameters(), { lr: 1e-3, momentum: 0.9 });
  const twoEpochs = async () => {
    const { history } = await fit(model, {
      train: withRows(data, data.rows.subarray(0, images)),
      val: withRows(data, data.rows.subarray(images)),
      loss: crossEntropyLoss(),
      optimizer,
      epochs: 2,
      batchSize: batch,
    });
    return history.map(({ seconds }) => seconds * 1000);
  };
  const [firstEpochMs, second] = await twoEpochs();
  const others = await untilPrecise(async () => (await twoEpochs())[1], precision);
  const times = [second, ...others];
  const epochMs = median(times);
  const { kind, adapter, threads = null } = device.info;
  return {
    ...measured(
      `practical-net epoch of ${images} images, batch ${batch}, ${kind}`,
      { epochMs: [times, 'ms'] },
      precision,
    ),
    case: 'practical-net epoch',
    batch,
    device: kind,
    adapter,
    threads,
    images,
    validationImages,
    firstEpochMs,
    epochMs,
    msPerImage: epochMs / images,
  };
}
