export { CheckpointError } from './errors.ts';
export { readSafetensors, writeSafetensors } from './file.ts';
export { type Checkpoint, encodeSafetensors, parseSafetensors } from './safetensors.ts';
