import { scoreReconstructions } from '@glassbox/metrics';
import { AdamW, Autoencoder, type Examples, fit, predict, reconstructionLoss, withRows } from '@glassbox/nn';
import type { AutoencoderResult, LoggedEpoch, ReconstructionExample } from '../report/results.ts';
import { InterruptedError, type TaskContext } from './context.ts';
import { keptState, stateFile, weightsFile } from './train.ts';
import { watchPhase } from './watch.ts';

/** The sheet's settings: AdamW with batches of 256, channel dropout 0.2. */
const settings = { learningRate: 1.5e-3, weightDecay: 0.01, batchSize: 256, dropout: 0.2 } as const;
/** Every tenth image validates: the reconstruction needs no labels, and test images stay unseen. */
const validationShare = 10;
const examplesShown = 8;

/** What the autoencoder's stage is called in the run's folder. */
export function autoencoderStage(seed: number): string {
  return `autoencoder-seed${seed}`;
}

/** Pre-trains the autoencoder that recipes can start from, or finds it done. */
export function trainAutoencoder(context: TaskContext, seed: number): Promise<AutoencoderResult> {
  const { folder, runtime, data, protocol, signal, note, progress, watch } = context;
  const id = autoencoderStage(seed);
  return folder.stage(id, async () => {
    progress.begin(id);
    watch?.begin(id);
    const net = new Autoencoder(runtime, { seed, dropout: settings.dropout });
    const { learningRate, weightDecay, batchSize } = settings;
    const { train, val } = splitRows(data.unlabelled);
    const { checkpoint, ...state } = await keptState(folder, id);
    const layers = [...net.namedChildren().keys()];
    const place = { training: id, phase: 0, phases: 1, name: 'train' };
    const watched = await watchPhase(watch, net, place, () => layers);
    const display = progress.display('Autoencoder');
    const result = await fit(net, {
      train,
      val,
      loss: reconstructionLoss('mse'),
      optimizer: new AdamW(net.parameters(), { lr: learningRate, weightDecay }),
      epochs: protocol.autoencoderEpochs,
      batchSize,
      seed,
      earlyStopping: { patience: protocol.autoencoderPatience },
      onEpoch: (record) => folder.log(id, record),
      queueAhead: true,
      checkpoint: async (state) => {
        await checkpoint(state);
        await watched.epoch(state);
      },
      ...state,
      signal,
      progress: display.update,
    }).finally(display.clear);
    progress.end();
    if (result.stopReason === 'interrupted') throw new InterruptedError(`autoencoder (seed ${seed})`);
    await watched.kept();
    await folder.writeTensors(weightsFile('autoencoder', seed), await net.stateDict());
    await folder.remove(stateFile(id));
    const history: LoggedEpoch[] = result.history.map(({ epoch, trainLoss, valLoss, learningRates }) => ({
      epoch,
      trainLoss,
      valLoss: valLoss!,
      learningRate: learningRates[0],
    }));
    const scores = await scoreTestImages(context, net);
    const left = progress.left();
    note(
      `  ${progress.place}: Autoencoder, seed ${seed}: ${history.length} epochs on ${train.rows.length} ` +
        `images, PSNR ${scores.psnr.toFixed(1)} dB, SSIM ${scores.ssim.toFixed(3)}, ` +
        `${result.seconds.toFixed(1)} s${left ? `; ${left}` : ''}`,
    );
    return {
      seed,
      epochs: history.length,
      bestEpoch: result.bestEpoch,
      trainSeconds: result.seconds,
      trainImages: train.rows.length,
      history,
      training: {
        optimizer: 'AdamW',
        learningRate,
        weightDecay,
        batchSize,
        epochLimit: protocol.autoencoderEpochs,
        patience: protocol.autoencoderPatience,
        monitor: 'validation loss (a tenth of the unlabelled images)',
        trainImages: train.rows.length,
        initialisation: `random (seed ${seed})`,
        totalParameters: net.parameterCount(),
        notes: `mean squared error, channel dropout ${settings.dropout}`,
      },
      ...scores,
      transferred: [1, 2, 3, 4].flatMap((n) => [`conv${n}.weight`, `conv${n}.bias`]),
    };
  });
}

function splitRows(all: Examples): { train: Examples; val: Examples } {
  const held = (row: number) => row % validationShare === validationShare - 1;
  return {
    train: withRows(
      all,
      all.rows.filter((row) => !held(row)),
    ),
    val: withRows(all, all.rows.filter(held)),
  };
}

/** Reconstructs the chest test images and compares them with the mean training image as a reconstruction. */
async function scoreTestImages({ data }: TaskContext, net: Autoencoder) {
  const { test, testImages, dataset } = data.chest;
  const size = dataset.imageSize;
  const pixels = size * size;
  const count = testImages.length / pixels;
  const { values } = await predict(net, test);
  const inputs = Float64Array.from(testImages, (byte) => byte / 255);
  const outputs = Float64Array.from(values, (value) => Math.min(1, Math.max(0, (value + 1) / 2)));
  const { each, ...scores } = scoreReconstructions(inputs, outputs, count, size, 1);
  const mean = meanImage(dataset.splits.train.images, pixels);
  const baseline = Float64Array.from({ length: inputs.length }, (_, index) => mean[index % pixels]);
  const { psnr, ssim, mse } = scoreReconstructions(inputs, baseline, count, size, 1);
  const bytes = (array: Float64Array, n: number) =>
    Array.from(array.subarray(n * pixels, (n + 1) * pixels), (value) => Math.round(value * 255));
  const examples: ReconstructionExample[] = each.slice(0, examplesShown).map((score, n) => ({
    input: bytes(inputs, n),
    reconstruction: bytes(outputs, n),
    psnr: score.psnr,
    ssim: score.ssim,
  }));
  return { size, ...scores, meanImage: { psnr, ssim, mse }, examples };
}

function meanImage(images: Uint8Array, pixels: number): Float64Array {
  const mean = new Float64Array(pixels);
  for (let index = 0; index < images.length; index++) mean[index % pixels] += images[index];
  return mean.map((sum) => sum / (images.length / pixels) / 255);
}
