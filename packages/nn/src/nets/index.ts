export { Autoencoder, type AutoencoderOptions } from './autoencoder.ts';
export { MedMnistNet, type MedMnistNetOptions } from './medmnist-net.ts';
export { PracticalNet, type PracticalNetOptions } from './practical-net.ts';
export { ResNet18, type ResNet18Options } from './resnet18.ts';
