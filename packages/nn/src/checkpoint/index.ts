export { CheckpointError } from './errors.ts';
export { readSafetensors, writeSafetensors } from './file.ts';
export {
  type Checkpoint,
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsOptions,
} from './safetensors.ts';
export {
  isHostTensor,
  parseTorch,
  readTorch,
  type TorchOptions,
  type TorchStateDictOptions,
  type TorchValue,
  torchStateDict,
} from './torch/index.ts';
