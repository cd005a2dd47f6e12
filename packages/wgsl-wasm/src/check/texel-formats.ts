/** Formats of texels: how many numbers of which kind, and of how many bits. */

export interface TexelFormat {
  /** Numbers of a texel: 1, 2 or 4. */
  readonly channels: number;
  /** Bits of each: 8, 16 or 32. */
  readonly bits: number;
  /** `unorm` and `snorm` are integers that stand for 0 to 1 and -1 to 1. */
  readonly kind: 'unorm' | 'snorm' | 'uint' | 'sint' | 'float';
  /** Bytes of a texel. */
  readonly bytes: number;
  /** In memory blue comes first and red third. */
  readonly blueFirst: boolean;
}

const NAME = /^(rgba|bgra|rg|r)(8|16|32)(unorm|snorm|uint|sint|float)$/;

/** The format of that name; null if it is another one, or none. */
export function texelFormat(name: string): TexelFormat | null {
  const [, order, size, kind] = NAME.exec(name) ?? [];
  if (!order) return null;
  const [channels, bits] = [order.length, Number(size)];
  const bytes = (channels * bits) / 8;
  return { channels, bits, kind: kind as TexelFormat['kind'], bytes, blueFirst: order === 'bgra' };
}

/**
 * Calls `move` for each byte of a texel: where it is in memory, and in the lane of its channel, counted from below.
 * @internal
 */
export function eachByte(
  { channels, bits, blueFirst }: TexelFormat,
  move: (at: number, inLanes: number) => void,
): void {
  const width = bits / 8;
  for (let i = 0; i < channels * width; i++) {
    const channel = Math.floor(i / width);
    move(i, 4 * (blueFirst && channel < 3 ? 2 - channel : channel) + (i % width));
  }
}

/** The largest number of a channel of integers. @internal */
export const largest = ({ bits, kind }: TexelFormat): number => 2 ** (kind[0] === 's' ? bits - 1 : bits) - 1;

/** The formats that storage textures may have. */
export const STORAGE_FORMATS: ReadonlySet<string> = new Set([
  ...['unorm', 'snorm', 'uint', 'sint'].map((kind) => `rgba8${kind}`),
  ...['uint', 'sint', 'float'].flatMap((kind) => [
    `rgba16${kind}`,
    ...['r32', 'rg32', 'rgba32'].map((bits) => bits + kind),
  ]),
  'bgra8unorm',
]);

/** More of them, where `texture_formats_tier1` is a feature of the language. @internal */
export const isTier1Format = (name: string): boolean =>
  /^(rgba16[us]norm|(r8|rg8)([us]norm|[us]int)|(r16|rg16)([us]norm|[us]int|float)|rgb10a2(unorm|uint)|rg11b10ufloat)$/.test(
    name,
  );
