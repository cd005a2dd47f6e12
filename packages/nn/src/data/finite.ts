/** Images as they lie on the host. */
interface HostImages {
  readonly images: ArrayLike<number>;
  readonly shape: readonly [number, number, number];
  readonly layout?: 'NHWC' | 'NCHW';
}

/**
 * Floats are looked at before they go to the device: one NaN among the images would make a NaN of every weight.
 * @throws RangeError that says where the first one is that is not finite.
 */
export function requireFiniteImages(owner: string, { images, shape: [c, h, w], layout }: HostImages): void {
  if (!(images instanceof Float32Array)) return;
  const index = firstNotFinite(images);
  if (index < 0) return;
  const at = index % (c * h * w);
  const planes = layout === 'NCHW';
  const channel = planes ? Math.floor(at / (h * w)) : at % c;
  const pixel = planes ? at % (h * w) : Math.floor(at / c);
  throw new RangeError(
    `${owner}: image ${Math.floor(index / (c * h * w))} holds ${images[index]} ` +
      `(channel ${channel}, line ${Math.floor(pixel / w)}, column ${pixel % w}); ` +
      'correct the value, or leave the image out',
  );
}

/** The place of the first NaN or infinity, or -1. */
function firstNotFinite(values: Float32Array): number {
  // x - x is 0 for a finite number only: a loop without branches but its end.
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return i;
  return -1;
}
