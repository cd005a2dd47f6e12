/**
 * The twelve 2D data sets of MedMNIST v2 at 28x28 and of MedMNIST+ at 64, 128 and 224, as published.
 *
 * Source: version 3.0.2 of the data sets' own Python package `medmnist` (its `info.py`), Zenodo record 10519652.
 * J. Yang et al., "MedMNIST v2 - A large-scale lightweight benchmark for 2D and 3D biomedical image
 * classification", Scientific Data 10 (2023).
 */
export type TaskKind = 'multi-class' | 'binary-class' | 'multi-label, binary-class' | 'ordinal-regression';
/** The name of a published data set: `pneumoniamnist`, `chestmnist`, …. */
export type DatasetName = keyof typeof table;
/** Height and width in pixels of the published images. */
export type ImageSize = 28 | 64 | 128 | 224;
/** The part of a data set that trains, that chooses the best epoch, or that judges the result. */
export type SplitName = 'train' | 'val' | 'test';

/** What is published about one data set. */
export interface DatasetInfo {
  /** Its name, as in the name of its file. */
  readonly name: DatasetName;
  /** What its labels mean. */
  readonly task: TaskKind;
  /** Names of the classes, or of the findings where the task is multi-label. */
  readonly labels: readonly string[];
  /** 1 = grayscale, 3 = RGB. */
  readonly channels: 1 | 3;
  /** Number of images in each split. */
  readonly samples: Readonly<Record<SplitName, number>>;
  /** The licence of the images, such as `CC BY 4.0`. */
  readonly licence: string;
  /** MD5 of the npz file at each image size. */
  readonly md5: Readonly<Record<ImageSize, string>>;
}

/** Image sizes that are published. */
export const imageSizes: readonly ImageSize[] = [28, 64, 128, 224];
/** All splits, in the order of the published files. */
export const splitNames: readonly SplitName[] = ['train', 'val', 'test'];

const table = {
  pathmnist: {
    task: 'multi-class',
    labels: [
      'adipose',
      'background',
      'debris',
      'lymphocytes',
      'mucus',
      'smooth muscle',
      'normal colon mucosa',
      'cancer-associated stroma',
      'colorectal adenocarcinoma epithelium',
    ],
    channels: 3,
    samples: { train: 89996, val: 10004, test: 7180 },
    licence: 'CC BY 4.0',
    md5: {
      28: 'a8b06965200029087d5bd730944a56c1',
      64: '55aa9c1e0525abe5a6b9d8343a507616',
      128: 'ac42d08fb904d92c244187169d1fd1d9',
      224: '2c51a510bcdc9cf8ddb2af93af1eadec',
    },
  },
  chestmnist: {
    task: 'multi-label, binary-class',
    labels: [
      'atelectasis',
      'cardiomegaly',
      'effusion',
      'infiltration',
      'mass',
      'nodule',
      'pneumonia',
      'pneumothorax',
      'consolidation',
      'edema',
      'emphysema',
      'fibrosis',
      'pleural',
      'hernia',
    ],
    channels: 1,
    samples: { train: 78468, val: 11219, test: 22433 },
    licence: 'CC BY 4.0',
    md5: {
      28: '02c8a6516a18b556561a56cbdd36c4a8',
      64: '9de6cd0b934ebb5b7426cfba5efbae16',
      128: 'db107e5590b27930b62dbaf558aebee3',
      224: '45bd33e6f06c3e8cdb481c74a89152aa',
    },
  },
  dermamnist: {
    task: 'multi-class',
    labels: [
      'actinic keratoses and intraepithelial carcinoma',
      'basal cell carcinoma',
      'benign keratosis-like lesions',
      'dermatofibroma',
      'melanoma',
      'melanocytic nevi',
      'vascular lesions',
    ],
    channels: 3,
    samples: { train: 7007, val: 1003, test: 2005 },
    licence: 'CC BY-NC 4.0',
    md5: {
      28: '0744692d530f8e62ec473284d019b0c7',
      64: 'b70a2f5635c6199aeaa28c31d7202e1f',
      128: '2defd784463fa5243564e855ed717de1',
      224: '8974907d8e169bef5f5b96bc506ae45d',
    },
  },
  octmnist: {
    task: 'multi-class',
    labels: ['choroidal neovascularization', 'diabetic macular edema', 'drusen', 'normal'],
    channels: 1,
    samples: { train: 97477, val: 10832, test: 1000 },
    licence: 'CC BY 4.0',
    md5: {
      28: 'c68d92d5b585d8d81f7112f81e2d0842',
      64: 'e229e9440236b774d9f0dfef9d07bdaf',
      128: '0a97e76651ace45c5d943ee3f65b63ae',
      224: 'abc493b6d529d5de7569faaef2773ba3',
    },
  },
  pneumoniamnist: {
    task: 'binary-class',
    labels: ['normal', 'pneumonia'],
    channels: 1,
    samples: { train: 4708, val: 524, test: 624 },
    licence: 'CC BY 4.0',
    md5: {
      28: '28209eda62fecd6e6a2d98b1501bb15f',
      64: '8f4eceb4ccffa70c672198ea285246c6',
      128: '05b46931834c231683c68f40c47b2971',
      224: 'd6a3c71de1b945ea11211b03746c1fe1',
    },
  },
  retinamnist: {
    task: 'ordinal-regression',
    labels: ['0', '1', '2', '3', '4'],
    channels: 3,
    samples: { train: 1080, val: 120, test: 400 },
    licence: 'CC BY 4.0',
    md5: {
      28: 'bd4c0672f1bba3e3a89f0e4e876791e4',
      64: 'afda852cc34dcda56f86ad2b2457dbcc',
      128: 'e48e916a24454daf90583d4e6efb1a18',
      224: 'eae7e3b6f3fcbda4ae613ebdcbe35348',
    },
  },
  breastmnist: {
    task: 'binary-class',
    labels: ['malignant', 'normal, benign'],
    channels: 1,
    samples: { train: 546, val: 78, test: 156 },
    licence: 'CC BY 4.0',
    md5: {
      28: '750601b1f35ba3300ea97c75c52ff8f6',
      64: '742edef2a1fd1524b2efff4bd7ba9364',
      128: '363e4b3f8d712e9b5de15470a2aaadf1',
      224: 'b56378a6eefa9fed602bb16d192d4c8b',
    },
  },
  bloodmnist: {
    task: 'multi-class',
    labels: [
      'basophil',
      'eosinophil',
      'erythroblast',
      'immature granulocytes(myelocytes, metamyelocytes and promyelocytes)',
      'lymphocyte',
      'monocyte',
      'neutrophil',
      'platelet',
    ],
    channels: 3,
    samples: { train: 11959, val: 1712, test: 3421 },
    licence: 'CC BY 4.0',
    md5: {
      28: '7053d0359d879ad8a5505303e11de1dc',
      64: '2b94928a2ae4916078ca51e05b6b800b',
      128: 'adace1e0ed228fccda1f39692059dd4c',
      224: 'b718ff6835fcbdb22ba9eacccd7b2601',
    },
  },
  tissuemnist: {
    task: 'multi-class',
    labels: [
      'Collecting Duct, Connecting Tubule',
      'Distal Convoluted Tubule',
      'Glomerular endothelial cells',
      'Interstitial endothelial cells',
      'Leukocytes',
      'Podocytes',
      'Proximal Tubule Segments',
      'Thick Ascending Limb',
    ],
    channels: 1,
    samples: { train: 165466, val: 23640, test: 47280 },
    licence: 'CC BY 4.0',
    md5: {
      28: 'ebe78ee8b05294063de985d821c1c34b',
      64: '123ece2eba09d0aa5d698fda57103344',
      128: '61b955355d7425a89687b06cca3ce0c2',
      224: 'b077128c4a949f0a4eb01517f9037b9c',
    },
  },
  organamnist: {
    task: 'multi-class',
    labels: [
      'bladder',
      'femur-left',
      'femur-right',
      'heart',
      'kidney-left',
      'kidney-right',
      'liver',
      'lung-left',
      'lung-right',
      'pancreas',
      'spleen',
    ],
    channels: 1,
    samples: { train: 34561, val: 6491, test: 17778 },
    licence: 'CC BY 4.0',
    md5: {
      28: '68e3f8846a6bd62f0c9bf841c0d9eacc',
      64: '2dcccc29b88e6da5a01161ef20cda288',
      128: 'eeae80d0a227a8d099027e1b3cfd3b60',
      224: '50747347e05c87dd3aaf92c49f9f3170',
    },
  },
  organcmnist: {
    task: 'multi-class',
    labels: [
      'bladder',
      'femur-left',
      'femur-right',
      'heart',
      'kidney-left',
      'kidney-right',
      'liver',
      'lung-left',
      'lung-right',
      'pancreas',
      'spleen',
    ],
    channels: 1,
    samples: { train: 12975, val: 2392, test: 8216 },
    licence: 'CC BY 4.0',
    md5: {
      28: 'b9ceb9546e10131b32923c5bbeaea2b1',
      64: '3ce34a8724ea6f548e6db4744d03b6a9',
      128: '773c1f009daa3fe5d9a2a201b2a7ed94',
      224: '050f5e875dc056f6768abf94ec9995d1',
    },
  },
  organsmnist: {
    task: 'multi-class',
    labels: [
      'bladder',
      'femur-left',
      'femur-right',
      'heart',
      'kidney-left',
      'kidney-right',
      'liver',
      'lung-left',
      'lung-right',
      'pancreas',
      'spleen',
    ],
    channels: 1,
    samples: { train: 13932, val: 2452, test: 8827 },
    licence: 'CC BY 4.0',
    md5: {
      28: '9ab87b696fb54e2a387ebe992d6ed5f1',
      64: '53a6d115339d874c25e309a994ff46d3',
      128: 'ded0c5fa01a95dc4978b956f613e9b8e',
      224: 'b354719e553fbbb2513d5533f52a4cb1',
    },
  },
} as const satisfies Record<string, Omit<DatasetInfo, 'name'>>;

/** Names of the twelve data sets. */
export const datasetNames = Object.keys(table) as readonly DatasetName[];

/** True for the name of a published data set. */
export function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(table, name);
}

/** Facts of one data set. @throws RangeError for an unknown name, listing the known ones. */
export function datasetInfo(name: string): DatasetInfo {
  if (!isDatasetName(name)) {
    throw new RangeError(`there is no data set '${name}'; known are ${datasetNames.join(', ')}`);
  }
  return { name, ...table[name] };
}

/** File name as the Python package uses it: `chestmnist.npz` at 28, `chestmnist_64.npz` at 64. */
export function datasetFileName(name: DatasetName, size: ImageSize = 28): string {
  return size === 28 ? `${name}.npz` : `${name}_${size}.npz`;
}

/** Where Zenodo offers the file. */
export function datasetUrl(name: DatasetName, size: ImageSize = 28): string {
  return `https://zenodo.org/records/10519652/files/${datasetFileName(name, size)}?download=1`;
}

/** The data set and size with this MD5, if it is a published file. */
export function findByMd5(md5: string): { name: DatasetName; size: ImageSize } | undefined {
  for (const name of datasetNames) {
    for (const size of imageSizes) if (table[name].md5[size] === md5) return { name, size };
  }
  return undefined;
}

/** Bytes of all arrays of a data set when unpacked: images, and one byte a label. */
export function unpackedBytes(info: DatasetInfo, size: number): number {
  const images = splitNames.reduce((sum, split) => sum + info.samples[split], 0);
  const labels = info.task === 'multi-label, binary-class' ? info.labels.length : 1;
  return images * (size * size * info.channels + labels);
}
