/** An element as a text in the page's address: `LAYER.TENSOR.INDEX`, such as `0.output.3.5.12.7`. */
import type { Place } from '../../model/index.ts';

/** Parts of steps that an address may ask for: 100 steps. */
export const mostParts = 400;

export const toText = ({ layer, what, index }: Place): string => [layer, what, ...index].join('.');

const form = /^(\d{1,2}|loss)\.([a-zA-Z]{1,24})((?:\.\d{1,6}){0,4})$/;

/** Undefined for what is no such text. Whether there is such an element, the lesson knows. */
export function fromText(text: string): Place | undefined {
  const [, layer, what, index] = text.match(form) ?? [];
  if (layer === undefined) return undefined;
  return { layer, what, index: index.split('.').slice(1).map(Number) };
}

/** Undefined for what is no number of parts. */
export function partsOf(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= mostParts ? Number(text) : undefined;
}

export const samePlace = (a: Place, b: Place): boolean => toText(a) === toText(b);
