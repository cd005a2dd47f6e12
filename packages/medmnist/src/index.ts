/**
 * MedMNIST in typed arrays: npz files read and written, the twelve data sets found, fetched and checked, label rules,
 * montages, and a generator of chest-like phantoms for machines without data. Knows no device and no tensor.
 */
export {
  type ByteSource,
  bytesSource,
  DataError,
  defaultZipLimits,
  fileSource,
  formatBytes,
  readZipDirectory,
  writeError,
  type ZipLimits,
  type ZipMember,
} from '@glassbox/files';
export {
  type DatasetInfo,
  type DatasetName,
  datasetFileName,
  datasetInfo,
  datasetNames,
  datasetUrl,
  findByMd5,
  type ImageSize,
  imageSizes,
  isDatasetName,
  type SplitName,
  splitNames,
  type TaskKind,
  unpackedBytes,
} from './catalogue.ts';
export {
  type DataSource,
  imageBytes,
  type MedMnistDataset,
  type OpenDataset,
  type OpenSplit,
  readImages,
  type Split,
  unlabelledCount,
} from './dataset.ts';
export { type DownloadOptions, type DownloadProgress, downloadFile } from './download.ts';
export { progressBar } from './download-progress.ts';
export {
  binarySplit,
  type ClassBalance,
  classBalance,
  concatBytes,
  concatSplits,
  findingCounts,
  stratifiedRows,
  takeFirst,
  takeRows,
  takeStratified,
  toBinary,
} from './labels.ts';
export {
  type LoadDatasetOptions,
  loadDataset,
  type OpenDatasetOptions,
  openDataset,
  syntheticMark,
} from './load.ts';
export { dataFolders, type LocatedFile, type LocateOptions, locateDataset } from './locate.ts';
export { md5Bytes, md5File, sha256File } from './md5.ts';
export {
  encodePng,
  type MontageInput,
  type MontageOptions,
  montage,
  montagePng,
  type RgbImage,
} from './montage.ts';
export {
  dtypes,
  encodeNpy,
  type NpyArray,
  type NpyHeader,
  type NpyType,
  npyArray,
  parseNpy,
  readNpyHeader,
  type TypedArrays,
} from './npy.ts';
export type { NpyRows } from './npy-rows.ts';
export {
  encodeNpz,
  Npz,
  type NpzInput,
  type NpzOptions,
  type NpzRowsOptions,
  type ReadNpzOptions,
  readNpz,
  type WriteNpzOptions,
  writeNpz,
} from './npz.ts';
export {
  type PhantomDomain,
  type PhantomOptions,
  phantomDataset,
  phantomSplit,
  phantomVersion,
} from './phantoms/generate.ts';
export { prevalences } from './phantoms/label-sets.ts';
export { type StandInOptions, writeStandIn } from './phantoms/stand-in.ts';
export {
  encodePredictions,
  type Predictions,
  type PredictionsName,
  parsePredictions,
  predictionsFileName,
  threeDigits,
} from './predictions.ts';
export { datasetArrays, saveDataset } from './save.ts';
export { writeWholeFile } from './whole-file.ts';
export { readZipMember } from './zip-members.ts';
