export { winogradForward, winogradInputGradient } from './forward.ts';
export * from './weight-gradient.ts';
