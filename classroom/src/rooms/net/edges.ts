/** Lines between maps: of a convolution as strong as its filters, of other layers from each channel to itself. */
import type { LayerView, Walk } from '../../playground/training.ts';
import { colourOf } from '../../view/paint.ts';
import type { Place } from './places.ts';

/** Draws them; `places` are those of the image and of each layer. */
export function drawEdges(
  context: CanvasRenderingContext2D,
  places: readonly (readonly Place[])[],
  walk: Walk,
  dark: boolean,
): void {
  for (const [index, layer] of walk.layers.entries()) {
    const [before, here] = [places[index], places[index + 1]];
    // Those of one style are one path: a stroke costs more than its lines.
    const plain = new Path2D();
    for (const { from, to, strength } of linksOf(layer, before.length, here.length)) {
      if (!strength) {
        addLine(plain, before[from], here[to]);
        continue;
      }
      const path = new Path2D();
      addLine(path, before[from], here[to]);
      const [red, green, blue] = colourOf(Math.sign(strength), dark);
      context.strokeStyle = `rgba(${red}, ${green}, ${blue}, ${0.1 + 0.7 * Math.abs(strength)})`;
      context.lineWidth = 0.6 + 2.4 * Math.abs(strength);
      context.stroke(path);
    }
    context.strokeStyle = dark ? 'rgba(150, 165, 185, 0.28)' : 'rgba(90, 105, 125, 0.25)';
    context.lineWidth = 1;
    context.stroke(plain);
  }
}

interface Link {
  readonly from: number;
  readonly to: number;
  /** From -1 to 1; 0 for a plain line, NaN where the weights are no numbers any more. */
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

function addLine(path: Path2D, from: Place, to: Place): void {
  const [left, right] = [from.left + from.width, to.left];
  const [start, end] = [from.top + from.height / 2, to.top + to.height / 2];
  const middle = (left + right) / 2;
  path.moveTo(left, start);
  path.bezierCurveTo(middle, start, middle, end, right, end);
}
