/** Lines between maps: of a convolution as strong as its filters, of other layers from each channel to itself. */
import type { LayerView, Walk } from '../../playground/training.ts';
import { colourOf } from '../../view/paint.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Draws them behind the net's tiles, which lie in `frame`; nothing where the layers stand below each other. */
export function drawEdges(canvas: HTMLCanvasElement, frame: HTMLElement, walk: Walk, dark: boolean): void {
  const [width, height] = [frame.scrollWidth, frame.scrollHeight];
  const density = globalThis.devicePixelRatio || 1;
  canvas.width = width * density;
  canvas.height = height * density;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  if (getComputedStyle(frame).flexDirection === 'column') return;
  const context = canvas.getContext('2d')!;
  context.scale(density, density);
  const origin = frame.getBoundingClientRect();
  const ends = (layer: number): { left: Point; right: Point }[] =>
    [...frame.querySelectorAll(`[data-layer="${layer}"] :is(.tile, .strip)`)].map((tile) => {
      const box = tile.getBoundingClientRect();
      const y = box.top - origin.top + box.height / 2;
      return { left: { x: box.left - origin.left, y }, right: { x: box.right - origin.left, y } };
    });
  let before = ends(-1);
  for (const [index, layer] of walk.layers.entries()) {
    const here = ends(index);
    for (const { from, to, strength } of linksOf(layer, before.length, here.length)) {
      line(context, before[from].right, here[to].left, strength, dark);
    }
    before = here;
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
  from: Point,
  to: Point,
  strength: number,
  dark: boolean,
): void {
  const neutral = dark ? 'rgba(150, 165, 185, 0.28)' : 'rgba(90, 105, 125, 0.25)';
  const [red, green, blue] = colourOf(Math.sign(strength), dark);
  const opacity = 0.1 + 0.7 * Math.abs(strength);
  context.strokeStyle = strength === 0 ? neutral : `rgba(${red}, ${green}, ${blue}, ${opacity})`;
  context.lineWidth = strength === 0 ? 1 : 0.6 + 2.4 * Math.abs(strength);
  const middle = (from.x + to.x) / 2;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
  context.stroke();
}
