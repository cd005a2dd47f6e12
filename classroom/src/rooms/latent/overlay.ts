/** Saliency as colours over an X-ray: where nothing is, one sees the X-ray. */
import { scaleOf } from '../../view/paint.ts';
import type { Look } from './epochs.ts';
import type { Overlay } from './painting.ts';

/** Warm speaks for the class, cold against it: seen on grey, also by those who tell red and green apart badly. */
const warm = [255, 140, 0] as const;
const cold = [60, 160, 255] as const;

export interface Saliency {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** What an overlay shows of a look. */
export function saliencyOf({ gradient, cam }: Look, overlay: Exclude<Overlay, 'none'>): Saliency {
  if (overlay === 'cam') return { values: cam.values, height: cam.shape[0], width: cam.shape[1] };
  const side = Math.sqrt(gradient.length);
  const values = overlay === 'size' ? gradient.map(Math.abs) : gradient;
  return { values, width: side, height: side };
}

/** Draws it, one pixel for each value: the largest one has the full colour. */
export function drawSaliency(canvas: HTMLCanvasElement, { values, width, height }: Saliency): void {
  canvas.width = width;
  canvas.height = height;
  const scale = scaleOf(values);
  const image = new ImageData(width, height);
  for (const [i, value] of values.entries()) {
    image.data.set(value < 0 ? cold : warm, 4 * i);
    image.data[4 * i + 3] = 255 * Math.sqrt(Math.abs(value) / scale);
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
