export * from './dropout.ts';
export * from './fill.ts';
export { numberingLayout, randomBits } from './numbering.ts';
export {
  philox4x32,
  philox4x32Into,
  philoxWgsl,
  type RandomKey,
  randomCounter,
  type Words4,
} from './philox.ts';
