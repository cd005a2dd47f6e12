/** Lines between maps: of a convolution as strong as its filters, of other layers from each channel to itself. */
import type { LayerView, Walk } from '../../playground/training.ts';
import { colourOf } from '../../view/paint.ts';
import type { Place } from './places.ts';

/** Draws them; nothing where the layers stand below each other. */
export function drawEdges(
  context: CanvasRenderingContext2D,
  places: readonly (readonly Place[])[],
  walk: Walk,
  dark: boolean,
): void {
  for (const [index, layer] of walk.layers.entries()) {
    const [before, here] = [places[index], places[index + 1]];
    for (const { from, to, strength } of linksOf(layer, before.length, here.length)) {
      line(context, before[from], here[to], strength, dark);
    }
  }
}

interface Link {
  readonly from: number;
  readonly to: number;
  /** From -1 to 1. */
  readonly strength: number;
}

function linksOf({ kind, weight }: LayerView, from: number, to: number): Link[] {
  if (kind === 'conv' && weight) {
    const [filters, channels, height, width] = weight.shape;
    const size = height * width;
    const links: Link[] = [];
    for (let k = 0; k < filters; k++) {
      for (let c = 0; c < channels; c++) {
        const at = (k * channels + c) * size;
        const values = weight.values.subarray(at, at + size);
        // The sign is that of the sum, the strength the root of the mean square.
        const sum = values.reduce((total, value) => total + value, 0);
        const rms = Math.sqrt(values.reduce((total, value) => total + value * value, 0) / size);
        links.push({ from: c, to: k, strength: Math.sign(sum) * Math.min(1, rms * 1.6) });
      }
    }
    return links;
  }
  if (from === to)
    return Array.from({ length: to }, (_, channel) => ({ from: channel, to: channel, strength: 0 }));
  return Array.from({ length: from * to }, (_, i) => ({
    from: i % from,
    to: Math.floor(i / from),
    strength: 0,
  }));
}

function line(
  context: CanvasRenderingContext2D,
  from: Place,
  to: Place,
  strength: number,
  dark: boolean,
): void {
  const neutral = dark ? 'rgba(150, 165, 185, 0.28)' : 'rgba(90, 105, 125, 0.25)';
  const [red, green, blue] = colourOf(Math.sign(strength), dark);
  const opacity = 0.1 + 0.7 * Math.abs(strength);
  context.strokeStyle = strength === 0 ? neutral : `rgba(${red}, ${green}, ${blue}, ${opacity})`;
  context.lineWidth = strength === 0 ? 1 : 0.6 + 2.4 * Math.abs(strength);
  const [left, right] = [from.left + from.width, to.left];
  const [start, end] = [from.top + from.height / 2, to.top + to.height / 2];
  const middle = (left + right) / 2;
  context.beginPath();
  context.moveTo(left, start);
  context.bezierCurveTo(middle, start, middle, end, right, end);
  context.stroke();
}
