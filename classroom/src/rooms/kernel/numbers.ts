/** Numbers of any size, as a person reads them. */
import { language } from '../../store.ts';
import type { Language } from '../../strings/index.ts';

/** Six digits; very small and very large ones with a power of ten. */
export function formatAny(to: Language, value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toLocaleString(to, { notation: 'scientific', maximumSignificantDigits: 4 });
  }
  return value.toLocaleString(to, { maximumSignificantDigits: 6 });
}

export const formatWhole = (to: Language, value: number): string => value.toLocaleString(to);

/** `formatAny` in the page's language. */
export function useNumber(): (value: number) => string {
  const to = language.value;
  return (value) => formatAny(to, value);
}
