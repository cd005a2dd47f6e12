export { ResNet18 } from '@glassbox/nn';
