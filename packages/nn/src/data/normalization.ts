import { defaultNormalization, type StoredImages } from '@glassbox/tensor-core/functions';

/** How stored values become what a net sees: (x - mean) / std, where x is a byte / 255, 16 bits / 65535, or a float. */
export interface Normalization {
  /** For all channels, or for each. */
  readonly mean: number | readonly number[];
  /** For all channels, or for each. */
  readonly std: number | readonly number[];
}

/** What is subtracted and divided by, defaults included. */
export function normalizationOf(
  { mean, std }: Partial<Normalization>,
  { source }: Pick<StoredImages, 'source'>,
): Normalization {
  const usual = defaultNormalization(source);
  const copy = (values: number | readonly number[]) =>
    typeof values === 'number' ? values : Object.freeze([...values]);
  return Object.freeze({ mean: copy(mean ?? usual.mean), std: copy(std ?? usual.std) });
}

/** True if a value read from a file is one of these. */
export function isNormalization(value: unknown): value is Normalization {
  if (typeof value !== 'object' || value === null) return false;
  const { mean, std } = value as Partial<Record<keyof Normalization, unknown>>;
  const isNumber = (number: unknown) => typeof number === 'number' && Number.isFinite(number);
  const isPositive = (number: unknown) => isNumber(number) && (number as number) > 0;
  const fits = (values: unknown, each: (number: unknown) => boolean) =>
    Array.isArray(values) ? values.length > 0 && values.every(each) : each(values);
  return fits(mean, isNumber) && fits(std, isPositive);
}

/** True if two are the same, channel by channel. */
export function sameNormalization(a: Normalization, b: Normalization): boolean {
  return String(a.mean) === String(b.mean) && String(a.std) === String(b.std);
}
