/**
 * What a sweep takes from the programs that it starts: their command lines, and what a benchmark's net sees. Nothing
 * that trains or draws is loaded. In Node only.
 */
export { type MedmnistOptions, parseMedmnistOptions } from './medmnist/options.ts';
export { inputOf } from './medmnist/prepare.ts';
export { parseTrainOptions, type TrainOptions } from './own-images/options.ts';
export { type PracticalOptions, parsePracticalOptions } from './run/options.ts';
