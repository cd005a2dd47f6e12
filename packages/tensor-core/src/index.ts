// Ops as methods of tensors.
import './methods.ts';

export * from './functions.ts';
