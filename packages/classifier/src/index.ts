/** Classifiers of pictures: nets by name, one safetensors file with all that an answer needs, and the answers. */
export { type Classifier, openClassifier } from './classifier.ts';
export { makeNet, type NetName, type NetShape, netNames, smallestImage } from './nets.ts';
export { type ClassifyOptions, type Prediction, predict, softmax } from './predict.ts';
export { type ClassifierSpec, classifierMetadata, specOf } from './spec.ts';
