import { crossEntropyLoss, fit, PracticalNet, SGD, withRows } from '@glassbox/nn';
import { type Device, Runtime } from '@glassbox/tensor-core';
import { randomImages } from './data.ts';

/** What one whole epoch of the practical's classifier costs through `fit`: shuffling, training, validation, metrics. */
export interface EpochResult {
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
  /** The second one. */
  readonly epochMs: number;
  readonly msPerImage: number;
}

/** One validation image for seven training images, as in ChestMNIST. */
export const validationShare = 1 / 7;

/** Runs two epochs of `fit` on random images and times them. */
export async function measureEpoch(device: Device, images: number, batch: number): Promise<EpochResult> {
  const runtime = new Runtime(device);
  const validationImages = Math.round(images * validationShare);
  const data = randomImages(runtime, images + validationImages);
  const model = new PracticalNet(runtime);
  const { history } = await fit(model, {
    train: withRows(data, data.rows.subarray(0, images)),
    val: withRows(data, data.rows.subarray(images)),
    loss: crossEntropyLoss(),
    optimizer: new SGD(model.parameters(), { lr: 1e-3, momentum: 0.9 }),
    epochs: 2,
    batchSize: batch,
  });
  const [firstEpochMs, epochMs] = history.map(({ seconds }) => seconds * 1000);
  const { kind, adapter, threads = null } = device.info;
  return {
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
