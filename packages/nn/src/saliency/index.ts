export { type GradCamOptions, gradCam } from './grad-cam.ts';
export { type InputGradientOptions, inputGradient } from './input-gradient.ts';
