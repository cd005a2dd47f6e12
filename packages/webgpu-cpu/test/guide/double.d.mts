/** Doubles numbers on a device of WebGPU. */
export function double(device: GPUDevice, numbers: readonly number[]): Promise<number[]>;
