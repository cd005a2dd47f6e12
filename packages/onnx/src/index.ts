export { type OnnxNormalization, type OnnxOptions, toOnnx } from './to-onnx.ts';
