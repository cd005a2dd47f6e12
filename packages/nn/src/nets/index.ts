export { Autoencoder, type AutoencoderOptions } from './autoencoder.ts';
export { MedMnistNet, type MedMnistNetOptions } from './medmnist-net.ts';
export type { NetOptions } from './options.ts';
export { PracticalNet, type PracticalNetOptions } from './practical-net.ts';
export { headOf, makeNet, type NetName, type NetShape, netNames, smallestImage } from './registry.ts';
export { ResNet18, ResNet50, type ResNetForm, type ResNetOptions } from './resnet.ts';
