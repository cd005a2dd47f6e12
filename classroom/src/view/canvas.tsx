import { useLayoutEffect, useRef } from 'preact/hooks';
import { dark } from '../store.ts';
import { paint } from './paint.ts';

export interface MapCanvasProps {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** What has the full colour; 0 for an image in grey. */
  readonly scale: number;
  readonly class?: string;
}

/** A picture of numbers, one pixel for each. What it shows is said by the element around it. */
export function MapCanvas({ values, width, height, scale, class: name }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useLayoutEffect(() => {
    paint(canvas.current!, values, { width, height }, { scale, dark: isDark });
  }, [values, width, height, scale, isDark]);
  return <canvas ref={canvas} class={`map ${name ?? ''}`} />;
}
