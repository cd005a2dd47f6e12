/**
 * glassbox in one import: devices, tensors and operations by their names, `nn` with layers, losses, optimisers and
 * `fit`, and `metrics`. Data sets are a package of their own, `@glassbox/medmnist`.
 */
export * as metrics from '@glassbox/metrics';
export * as nn from '@glassbox/nn';
export * from '@glassbox/tensor-core';
