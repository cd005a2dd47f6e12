/** Copies of texels: between buffers and textures, and from arrays. */
import { GPUBuffer } from './buffer.ts';
import { dictionary, own, size32, size64, word } from './convert.ts';
import { type Core, rule } from './core.ts';
import { extentOf, originOf, type Triple } from './extents.ts';
import { GPUTexture } from './texture.ts';
import { plainFormat, texelBytes } from './texture-formats.ts';

/** Rows of bytes in images of a buffer, a texture, or an array (`object` is null). */
export interface Rows {
  readonly object: GPUBuffer | GPUTexture | null;
  readonly offset: number;
  readonly rowBytes: number;
  readonly imageBytes: number;
}

/** A copy of `images` times `rows` rows of `bytes` bytes. */
export interface TexelCopy {
  readonly from: Rows;
  readonly to: Rows;
  readonly bytes: number;
  readonly rows: number;
  readonly images: number;
}

/** A part of a level of a texture. */
interface Part {
  readonly texture: GPUTexture;
  readonly mipLevel: number;
  readonly origin: Triple;
  readonly aspect: string;
}

function readPart(owner: string, given: GPUTexelCopyTextureInfo): Part {
  const { texture, mipLevel = 0, origin, aspect = 'all' } = dictionary(owner, given);
  return {
    texture: own(GPUTexture, owner, 'texture', texture),
    mipLevel: size32(owner, 'mipLevel', mipLevel),
    origin: originOf(`${owner}: origin`, origin),
    aspect: word(owner, 'aspect', aspect, ['all', 'stencil-only', 'depth-only']),
  };
}

interface Layout {
  readonly offset: number;
  readonly bytesPerRow: number | undefined;
  readonly rowsPerImage: number | undefined;
}

function readLayout(owner: string, given: GPUTexelCopyBufferLayout): Layout {
  const { offset = 0, bytesPerRow, rowsPerImage } = dictionary(owner, given);
  const optional = (name: string, value: number | undefined) =>
    value === undefined ? undefined : size32(owner, name, value);
  return {
    offset: size64(owner, 'offset', offset),
    bytesPerRow: optional('bytesPerRow', bytesPerRow),
    rowsPerImage: optional('rowsPerImage', rowsPerImage),
  };
}

/** Checks a part of a texture, and finds its rows. */
function rowsOfPart(core: Core, part: Part, size: Triple, usage: 'COPY_SRC' | 'COPY_DST'): Rows {
  const { texture, mipLevel, origin, aspect } = part;
  texture.requireValid(core);
  texture.requireUsage(usage);
  rule(
    mipLevel < texture.mipLevelCount,
    () => `mipLevel ${mipLevel} is not among the ${texture.mipLevelCount} of ${texture.named}`,
  );
  rule(aspect === 'all', () => `the format '${texture.format}' has no aspect '${aspect}'`);
  const { width, height, depth, offset, rowBytes, layerBytes } = texture.levels[mipLevel];
  const whole = [width, height, depth];
  rule(
    origin.every((start, i) => start + size[i] <= whole[i]),
    () =>
      `${size.join(' x ')} texels from ${origin.join(', ')} on are outside of level ${mipLevel} of ${texture.named}, ` +
      whole.join(' x '),
  );
  const [x, y, z] = origin;
  const start = offset + z * layerBytes + y * rowBytes + x * texelBytes(texture.format);
  return { object: texture, offset: start, rowBytes, imageBytes: layerBytes };
}

/** Checks how texels lie in `all` bytes, and finds their rows. */
function rowsOfLayout(
  object: GPUBuffer | null,
  layout: Layout,
  all: number,
  size: Triple,
  texel: number,
): Rows {
  const { offset, bytesPerRow, rowsPerImage } = layout;
  const [width, height, depth] = size;
  const row = width * texel;
  rule(
    bytesPerRow !== undefined || (height <= 1 && depth <= 1),
    'bytesPerRow is needed for more than one row',
  );
  rule(rowsPerImage !== undefined || depth <= 1, 'rowsPerImage is needed for more than one image');
  rule(
    (bytesPerRow ?? row) >= row,
    () => `bytesPerRow ${bytesPerRow} is less than ${row}, the bytes of a row`,
  );
  rule((rowsPerImage ?? height) >= height, () => `rowsPerImage ${rowsPerImage} is less than ${height} rows`);
  const rowBytes = bytesPerRow ?? 0;
  const imageBytes = rowBytes * (rowsPerImage ?? 0);
  const last = height > 0 ? rowBytes * (height - 1) + row : 0;
  const end = offset + (depth > 0 ? imageBytes * (depth - 1) + last : 0);
  rule(end <= all, () => `bytes ${offset} to ${end} are outside of ${all} bytes`);
  return { object, offset, rowBytes, imageBytes };
}

const copyOf = (from: Rows, to: Rows, [width, rows, images]: Triple, texel: number): TexelCopy => ({
  from,
  to,
  bytes: width * texel,
  rows,
  images,
});

/** `copyBufferToTexture` (`toTexture`) and `copyTextureToBuffer`: a function that checks it, when it may be written. */
export function bufferCopy(
  owner: string,
  buffer: GPUTexelCopyBufferInfo,
  texture: GPUTexelCopyTextureInfo,
  copySize: GPUExtent3D | Iterable<number>,
  toTexture: boolean,
): (core: Core) => TexelCopy {
  const object = own(GPUBuffer, owner, 'buffer', dictionary(owner, buffer).buffer);
  const layout = readLayout(owner, buffer);
  const part = readPart(owner, texture);
  const size = extentOf(`${owner}: copySize`, copySize);
  return (core) => {
    const { bytesPerRow = 0, offset } = layout;
    object.requireValid(core);
    object.requireUsage(toTexture ? 'COPY_SRC' : 'COPY_DST');
    rule(bytesPerRow % 256 === 0, () => `bytesPerRow ${bytesPerRow} is not a multiple of 256`);
    const texels = rowsOfPart(core, part, size, toTexture ? 'COPY_DST' : 'COPY_SRC');
    const texel = texelBytes(part.texture.format);
    rule(
      offset % texel === 0,
      () => `the offset ${offset} is not a multiple of ${texel}, the bytes of a texel`,
    );
    const rows = rowsOfLayout(object, layout, object.size, size, texel);
    return toTexture ? copyOf(rows, texels, size, texel) : copyOf(texels, rows, size, texel);
  };
}

/** `copyTextureToTexture`: a function that checks it, when it may be written. */
export function textureCopy(
  owner: string,
  source: GPUTexelCopyTextureInfo,
  destination: GPUTexelCopyTextureInfo,
  copySize: GPUExtent3D | Iterable<number>,
): (core: Core) => TexelCopy {
  const [from, to] = [source, destination].map((given) => readPart(owner, given));
  const size = extentOf(`${owner}: copySize`, copySize);
  return (core) => {
    const rows = rowsOfPart(core, from, size, 'COPY_SRC');
    const written = rowsOfPart(core, to, size, 'COPY_DST');
    const [a, b] = [from.texture, to.texture];
    rule(
      plainFormat(a.format) === plainFormat(b.format),
      () => `texels of the format '${a.format}' cannot be copied to the format '${b.format}'`,
    );
    const [first, second] = [from.origin[2], to.origin[2]];
    const apart = a.dimension === '2d' && Math.abs(first - second) >= size[2];
    rule(
      a !== b || from.mipLevel !== to.mipLevel || apart,
      () => `${a.named} cannot be copied to the same level, unless it is to other layers`,
    );
    return copyOf(rows, written, size, texelBytes(a.format));
  };
}

/** `writeTexture`: a function that checks it, once the device is known to be there. */
export function arrayCopy(
  destination: GPUTexelCopyTextureInfo,
  bytes: number,
  dataLayout: GPUTexelCopyBufferLayout,
  copySize: GPUExtent3D | Iterable<number>,
): (core: Core) => TexelCopy {
  const owner = 'writeTexture';
  const part = readPart(owner, destination);
  const layout = readLayout(owner, dataLayout);
  const size = extentOf(`${owner}: size`, copySize);
  return (core) => {
    const texels = rowsOfPart(core, part, size, 'COPY_DST');
    part.texture.requireReady();
    const texel = texelBytes(part.texture.format);
    return copyOf(rowsOfLayout(null, layout, bytes, size, texel), texels, size, texel);
  };
}

/** Copies the rows; `array` is what they come from if it is no object of the device. */
export function copyTexels(core: Core, copy: TexelCopy, array?: Uint8Array): void {
  const { from, to, bytes, rows, images } = copy;
  if (bytes * rows * images === 0) return;
  const start = ({ object, offset }: Rows) => (object?.memory?.address ?? 0) + offset;
  const [source, target] = [start(from), start(to)];
  core.runtime.inTurn((memory) => {
    for (let z = 0; z < images; z++) {
      for (let y = 0; y < rows; y++) {
        const at = source + z * from.imageBytes + y * from.rowBytes;
        const place = target + z * to.imageBytes + y * to.rowBytes;
        if (array) memory.set(array.subarray(at, at + bytes), place);
        else memory.copyWithin(place, at, at + bytes);
      }
    }
  });
}
