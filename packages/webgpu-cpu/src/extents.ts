/** Sizes and origins in textures. */
import { dictionary, size32 } from './convert.ts';

/** Width, height, and depth or layers; or x, y and z. */
export type Triple = readonly [number, number, number];

function triple<T extends object>(
  owner: string,
  given: T | Iterable<number> | undefined,
  names: readonly (keyof T & string)[],
  defaults: readonly (number | undefined)[],
  least: number,
): Triple {
  const value = dictionary(owner, given ?? {});
  const list = Symbol.iterator in value ? [...(value as Iterable<number>)] : null;
  if (list && (list.length < least || list.length > 3))
    throw new TypeError(`${owner}: a list of ${least} to 3 numbers is needed, not of ${list.length}`);
  return names.map((name, i) =>
    size32(owner, name, (list ? list[i] : (value as T)[name]) ?? defaults[i]),
  ) as unknown as Triple;
}

/** A `GPUExtent3D`. @throws TypeError if it is none */
export const extentOf = (owner: string, given: GPUExtent3D | Iterable<number>): Triple =>
  triple<GPUExtent3DDict>(owner, given, ['width', 'height', 'depthOrArrayLayers'], [undefined, 1, 1], 1);

/** A `GPUOrigin3D`. @throws TypeError if it is none */
export const originOf = (owner: string, given: GPUOrigin3D | undefined): Triple =>
  triple<GPUOrigin3DDict>(owner, given, ['x', 'y', 'z'], [0, 0, 0], 0);
