/** Classifiers of pictures: nets by name, one safetensors file with all that an answer needs, and the answers. */

export { makeNet, type NetName, type NetShape, netNames, smallestImage } from '@glassbox/nn';
export { type Classifier, openClassifier } from './classifier.ts';
export { type ClassifyOptions, type Prediction, predict, softmax } from './predict.ts';
export { type ClassifierSpec, classifierMetadata, specOf } from './spec.ts';
