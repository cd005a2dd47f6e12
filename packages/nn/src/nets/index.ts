export { Autoencoder, type AutoencoderOptions } from './autoencoder.ts';
export { DenseNet121 } from './densenet.ts';
export { MedMnistNet, type MedMnistNetOptions } from './medmnist-net.ts';
export { MobileNetV2, type MobileNetV2Options } from './mobilenet-v2.ts';
export type { NetOptions } from './options.ts';
export { PracticalNet, type PracticalNetOptions } from './practical-net.ts';
export {
  headOf,
  leastParameters,
  makeNet,
  type NetName,
  type NetShape,
  netNames,
  smallestImage,
} from './registry.ts';
export { ResNet18, ResNet50, type ResNetForm, type ResNetOptions } from './resnet.ts';
export { UNet, type UNetOptions } from './unet.ts';
export { VGG11, VGG16, type VggOptions } from './vgg.ts';
export { VisionTransformer, type VisionTransformerOptions } from './vision-transformer.ts';
