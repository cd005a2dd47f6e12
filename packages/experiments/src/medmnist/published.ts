/** The cells that others have published, beside which ours are shown. */
import type { DatasetName, ImageSize } from '@glassbox/medmnist';
import { largeSize, type Mode, type ProtocolName } from './protocol.ts';

/** What somebody has published for a net on a set. */
export interface PublishedCell {
  readonly auc?: number;
  readonly accuracy?: number;
  /** Deviation over seeds, where it is published. */
  readonly aucDeviation?: number;
  readonly accuracyDeviation?: number;
  /** Where it stands. */
  readonly source: string;
}

/** Which cell is meant. */
export interface CellPlace {
  readonly protocol: ProtocolName;
  readonly set: string;
  readonly net: string;
  /** The net as `makeNet` knows it: a published cell is of one form. */
  readonly form: string;
  readonly size: ImageSize;
  /** Height and width that 28-pixel images are enlarged to, if they are; 224 is the paper's "224". */
  readonly enlarged: number | undefined;
  readonly mode: Mode;
}

const official = 'Yang et al., Scientific Data 10:41 (2023)';

/**
 * AUC and accuracy of ResNet-18 (28), ResNet-18 (224), ResNet-50 (28), ResNet-50 (224). There, "224" is the 28-pixel
 * image enlarged, not a file of MedMNIST+.
 */
const table: Readonly<Record<DatasetName, readonly (readonly [auc: number, accuracy: number])[]>> = {
  pathmnist: [
    [0.983, 0.907],
    [0.989, 0.909],
    [0.99, 0.911],
    [0.989, 0.892],
  ],
  chestmnist: [
    [0.768, 0.947],
    [0.773, 0.947],
    [0.769, 0.947],
    [0.773, 0.948],
  ],
  dermamnist: [
    [0.917, 0.735],
    [0.92, 0.754],
    [0.913, 0.735],
    [0.912, 0.731],
  ],
  octmnist: [
    [0.943, 0.743],
    [0.958, 0.763],
    [0.952, 0.762],
    [0.958, 0.776],
  ],
  pneumoniamnist: [
    [0.944, 0.854],
    [0.956, 0.864],
    [0.948, 0.854],
    [0.962, 0.884],
  ],
  retinamnist: [
    [0.717, 0.524],
    [0.71, 0.493],
    [0.726, 0.528],
    [0.716, 0.511],
  ],
  breastmnist: [
    [0.901, 0.863],
    [0.891, 0.833],
    [0.857, 0.812],
    [0.866, 0.842],
  ],
  bloodmnist: [
    [0.998, 0.958],
    [0.998, 0.963],
    [0.997, 0.956],
    [0.997, 0.95],
  ],
  tissuemnist: [
    [0.93, 0.676],
    [0.933, 0.681],
    [0.931, 0.68],
    [0.932, 0.68],
  ],
  organamnist: [
    [0.997, 0.935],
    [0.998, 0.951],
    [0.997, 0.935],
    [0.998, 0.947],
  ],
  organcmnist: [
    [0.992, 0.9],
    [0.994, 0.92],
    [0.992, 0.905],
    [0.993, 0.911],
  ],
  organsmnist: [
    [0.972, 0.782],
    [0.974, 0.778],
    [0.972, 0.77],
    [0.975, 0.785],
  ],
};

const plus = 'Doerrich et al., Scientific Reports 15:7669 (2025), from ImageNet weights';
const plusSizes: readonly ImageSize[] = [28, 64, 128, 224];

/** Accuracy / AUC in percent with deviations over three seeds, at 28, 64, 128 and 224 pixels. */
interface PlusRow {
  readonly set: DatasetName;
  readonly net: string;
  readonly mode: Mode;
  readonly auc: readonly (readonly [mean: number, deviation?: number])[];
  readonly accuracy?: readonly (readonly [mean: number, deviation?: number])[];
}

const plusRows: readonly PlusRow[] = [
  {
    set: 'pneumoniamnist',
    net: 'resnet18',
    mode: 'end-to-end',
    accuracy: [
      [83.12, 1.1],
      [86, 1.44],
      [89.85, 1.37],
      [91.13, 0.96],
    ],
    auc: [
      [95.01, 0.3],
      [94.34, 0.71],
      [97.91, 0.23],
      [98.04, 0.3],
    ],
  },
  {
    set: 'pneumoniamnist',
    net: 'densenet121',
    mode: 'end-to-end',
    accuracy: [
      [83.55, 2.21],
      [85.42, 1.36],
      [89.8, 0.79],
      [88.94, 2.3],
    ],
    auc: [
      [96.06, 0.24],
      [97.19, 0.29],
      [98.75, 0.23],
      [97.41, 0.8],
    ],
  },
  {
    set: 'pneumoniamnist',
    net: 'resnet18',
    mode: 'linear-probe',
    accuracy: [[74.36, 0.26], [78.9], [80.4], [83.17]],
    auc: [[87.69, 0.08], [94.21], [94.4], [96.91]],
  },
  { set: 'chestmnist', net: 'resnet18', mode: 'end-to-end', auc: [[73.82], [75.59], [78.24], [78.96]] },
];

/** What is published for a cell, if anything is known to be. */
export function publishedCell(place: CellPlace): PublishedCell | undefined {
  return place.protocol === 'official' ? officialCell(place) : plusCell(place);
}

function officialCell({ set, net, form, size, enlarged }: CellPlace): PublishedCell | undefined {
  const row = Object.hasOwn(table, set) ? table[set as DatasetName] : undefined;
  const large = enlarged === largeSize;
  const column = ['resnet18', 'resnet50'].indexOf(net) * 2 + Number(large);
  if (!row || column < 0 || size !== 28 || (enlarged !== undefined && !large)) return undefined;
  if (form !== `${net}-${large ? 'torchvision' : 'medmnist'}`) return undefined;
  const [auc, accuracy] = row[column];
  return { auc, accuracy, source: official };
}

function plusCell({ set, net, mode, size }: CellPlace): PublishedCell | undefined {
  const row = plusRows.find((one) => one.set === set && one.net === net && one.mode === mode);
  if (!row) return undefined;
  const at = plusSizes.indexOf(size);
  const [auc, aucDeviation] = row.auc[at];
  const [accuracy, accuracyDeviation] = row.accuracy?.[at] ?? [];
  const share = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
  return {
    auc: auc / 100,
    ...(accuracy === undefined ? {} : { accuracy: accuracy / 100 }),
    ...(aucDeviation === undefined ? {} : { aucDeviation: share(aucDeviation) }),
    ...(accuracyDeviation === undefined ? {} : { accuracyDeviation: share(accuracyDeviation) }),
    source: plus,
  };
}
