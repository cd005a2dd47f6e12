/** Painting on an X-ray. Pixels are floats from 0 to 255, so that faint strokes add up; the net gets them as bytes. */
import { imageSize } from '../../playground/spec.ts';

export const tools = ['lighten', 'darken', 'restore'] as const;
export type Tool = (typeof tools)[number];

export interface Brush {
  readonly tool: Tool;
  /** In pixels of the X-ray. */
  readonly radius: number;
  /** From 0 to 1: what a stroke does at its middle. */
  readonly opacity: number;
}

/** A place on the X-ray: (0, 0) is its upper left corner, (28, 28) the lower right one. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One stroke. Where it crosses itself it is no stronger: each pixel has what the nearest part of the line gives. */
export class Stroke {
  readonly #before: Float32Array;
  readonly #original: Uint8Array;
  readonly #brush: Brush;
  readonly #mask = new Float32Array(imageSize * imageSize);
  #last: Point | undefined;

  /** @param before the picture as it is; @param original what `restore` brings back. */
  constructor(before: Float32Array, original: Uint8Array, brush: Brush) {
    this.#before = before;
    this.#original = original;
    this.#brush = brush;
  }

  /** Goes on to a place. @returns the picture with the stroke up to there. */
  to(point: Point): Float32Array {
    const from = this.#last ?? point;
    this.#last = point;
    const { radius, opacity, tool } = this.#brush;
    const mask = this.#mask;
    for (let i = 0; i < mask.length; i++) {
      const centre = { x: (i % imageSize) + 0.5, y: Math.floor(i / imageSize) + 0.5 };
      const distance = distanceTo(centre, from, point);
      // A soft edge: half a wave of the cosine from the middle to the rim.
      const share = distance < radius ? 0.5 + 0.5 * Math.cos((Math.PI * distance) / radius) : 0;
      mask[i] = Math.max(mask[i], share);
    }
    return this.#before.map((value, i) => {
      const goal = tool === 'lighten' ? 255 : tool === 'darken' ? 0 : this.#original[i];
      return value + opacity * mask[i] * (goal - value);
    });
  }
}

/** Of a point from a line between two points. */
function distanceTo(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length > 0 ? ((point.x - from.x) * dx + (point.y - from.y) * dy) / length : 0;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}

/** What the net gets. */
export function asBytes(pixels: Float32Array | Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(pixels, Math.round);
}
