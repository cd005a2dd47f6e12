/** Pictures from files, in Node: PNG, JPEG, DICOM, npz and npy. */
export { type DecodeOptions, decodePictures, pictureKind } from './decode.ts';
export { picturesOfArray } from './numpy.ts';
export { type NamedPicture, type ReadPicturesOptions, readPictures } from './read.ts';
