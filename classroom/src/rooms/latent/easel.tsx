/** The X-ray to paint on, with saliency over it. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { imageSize } from '../../playground/spec.ts';
import { notice } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { MapCanvas } from '../../view/canvas.tsx';
import type { Point } from './brush.ts';
import { drawSaliency, saliencyOf } from './overlay.ts';
import { brush, endStroke, look, overlay, overlayOpacity, paintTo, pixels, subject } from './painting.ts';
import { imageName } from './say.ts';
import { strings } from './strings.ts';

/** Bytes as the picture is drawn: -1 is black and 1 is white. */
const drawn = (values: Float32Array) => values.map((value) => value / 127.5 - 1);

export function Easel() {
  const t = useStrings(strings);
  const at = useSignal<Point>({ x: 9.5, y: 14.5 });
  const inside = useSignal(false);
  const over = useRef<HTMLCanvasElement>(null);
  const seen = look.value;
  const kind = overlay.value;
  useLayoutEffect(() => {
    if (seen && kind !== 'none') drawSaliency(over.current!, saliencyOf(seen, kind));
  }, [seen, kind]);

  const pointOf = (event: PointerEvent): Point => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * imageSize,
      y: ((event.clientY - box.top) / box.height) * imageSize,
    };
  };
  const paints = useRef(false);
  const begin = (event: PointerEvent) => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    paints.current = true;
    follow(event);
  };
  const follow = (event: PointerEvent) => {
    at.value = pointOf(event);
    inside.value = true;
    if (paints.current) paintTo(at.value);
  };
  const end = () => {
    paints.current = false;
    endStroke();
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!by && event.key !== ' ') return;
    event.preventDefault();
    inside.value = true;
    const inPicture = (value: number) => Math.min(imageSize - 0.5, Math.max(0.5, Math.floor(value) + 0.5));
    if (by) at.value = { x: inPicture(at.value.x + by[0]), y: inPicture(at.value.y + by[1]) };
    else paints.current = true;
    if (paints.current) paintTo(at.value);
  };
  const { x, y } = at.value;
  const { radius } = brush.value;
  return (
    <button
      type="button"
      class="large"
      id="easel"
      aria-label={t.canvasName(imageName(subject.value), Math.floor(y) + 1, Math.floor(x) + 1)}
      onPointerDown={begin}
      onPointerMove={follow}
      onPointerUp={end}
      onPointerCancel={end}
      onPointerLeave={() => {
        inside.value = false;
      }}
      onKeyDown={press}
      onKeyUp={(event) => {
        if (event.key === ' ') end();
        event.preventDefault();
      }}
      onBlur={() => {
        end();
        inside.value = false;
      }}
      onFocus={() => {
        inside.value = true;
      }}
    >
      <MapCanvas values={drawn(pixels.value)} width={imageSize} height={imageSize} scale={0} />
      <canvas
        ref={over}
        class={`over ${kind}`}
        hidden={kind === 'none' || !seen}
        style={{ opacity: overlayOpacity.value }}
      />
      <span
        class="ring"
        hidden={!inside.value}
        style={{
          left: `${(100 * (x - radius)) / imageSize}%`,
          top: `${(100 * (y - radius)) / imageSize}%`,
          width: `${(200 * radius) / imageSize}%`,
        }}
      />
    </button>
  );
}

/** Copies what one sees: the picture, and the saliency over it. */
export async function copyPicture(say: {
  readonly copied: string;
  readonly notCopied: string;
}): Promise<void> {
  const scale = 16;
  const canvas = document.createElement('canvas');
  canvas.width = scale * imageSize;
  canvas.height = scale * imageSize;
  const context = canvas.getContext('2d')!;
  for (const layer of document.querySelectorAll<HTMLCanvasElement>('#easel canvas:not([hidden])')) {
    const isOver = layer.matches('.over');
    context.imageSmoothingEnabled = layer.matches('.cam');
    context.globalAlpha = isOver ? overlayOpacity.peek() : 1;
    context.drawImage(layer, 0, 0, canvas.width, canvas.height);
  }
  const blob = new Promise<Blob>((done, fail) =>
    canvas.toBlob((found) => (found ? done(found) : fail(new Error('no picture'))), 'image/png'),
  );
  notice.value = await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]).then(
    () => say.copied,
    () => say.notCopied,
  );
}
