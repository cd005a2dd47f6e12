/**
 * All maps of the net and the lines between them on one canvas, which lies behind the tiles. A canvas for each map
 * would be a layer of the browser's own for each, which costs more than all the painting.
 */
import type { Values, Walk } from '../../playground/training.ts';
import { paint, scaleOf } from '../../view/paint.ts';
import { drawEdges } from './edges.ts';
import { type Place, placesOf } from './places.ts';

export class Drawing {
  readonly #canvas: HTMLCanvasElement;
  readonly #frame: HTMLElement;
  /** What each layer is painted to, one pixel for a value, before it is drawn large. */
  readonly #small = new Map<number, HTMLCanvasElement>();
  #places: readonly (readonly Place[])[] = [];
  #density = 1;
  #below = false;

  constructor(canvas: HTMLCanvasElement, frame: HTMLElement) {
    this.#canvas = canvas;
    this.#frame = frame;
  }

  /** Looks where the tiles are. Call it when they have moved, and draw again. */
  measure(): void {
    const { offsetWidth: width, offsetHeight: height } = this.#frame;
    this.#density = globalThis.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * this.#density);
    this.#canvas.height = Math.round(height * this.#density);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.#places = placesOf(this.#frame);
    this.#below = getComputedStyle(this.#frame).flexDirection === 'column';
  }

  draw(walk: Walk, dark: boolean): void {
    if (this.#places.length !== walk.layers.length + 1) return; // not measured yet
    const context = this.#canvas.getContext('2d')!;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0);
    if (!this.#below) drawEdges(context, this.#places, walk, dark);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = false;
    this.#drawLayer(context, 0, walk.input, { scale: 0, dark });
    for (const [index, { output }] of walk.layers.entries()) {
      this.#drawLayer(context, index + 1, output, { scale: scaleOf(output.values), dark });
    }
  }

  #drawLayer(
    context: CanvasRenderingContext2D,
    column: number,
    { shape, values }: Values,
    colours: { readonly scale: number; readonly dark: boolean },
  ): void {
    const places = this.#places[column];
    let small = this.#small.get(column);
    if (!small) {
      small = document.createElement('canvas');
      this.#small.set(column, small);
    }
    // Maps [C,H,W] lie below each other in memory, and so in the picture. Features are a line, as long as its strip.
    const lies = places[0].width > places[0].height;
    const [, height, width] = shape.length === 3 ? shape : lies ? [1, 1, shape[0]] : [1, shape[0], 1];
    paint(small, values, { width, height: height * places.length }, colours);
    const device = (length: number) => Math.round(length * this.#density);
    for (const [channel, place] of places.entries()) {
      const [left, top] = [device(place.left), device(place.top)];
      const [right, bottom] = [device(place.left + place.width), device(place.top + place.height)];
      context.drawImage(small, 0, channel * height, width, height, left, top, right - left, bottom - top);
    }
  }
}
