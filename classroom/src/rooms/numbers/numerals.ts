/** Float32 numbers as text. */
import { language } from '../../store.ts';

/** The shortest text that is this float32 and no other one. */
export function shortestText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    if (Math.fround(Number(value.toPrecision(digits))) === value) return withDigits(value, digits);
  }
  return withDigits(value, 9);
}

/** Small numbers with an exponent: 4.3e-5. */
function withDigits(value: number, digits: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 1e-3;
  return tidy(isSmall ? value.toExponential(digits - 1) : value.toPrecision(digits));
}

/** 1.50e-7 as 1.5e-7, and -0 as it is. */
function tidy(text: string): string {
  const [digits, exponent] = text.split('e');
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return exponent === undefined ? short : `${short}e${exponent}`;
}

const written = (text: string) => {
  const own = text.replaceAll('-', '−').replace('e+', 'e');
  return language.value === 'de' ? own.replace('.', ',') : own;
};

/** Every digit that matters, in the page's language. */
export const exact = (value: number): string => written(Object.is(value, -0) ? '-0' : shortestText(value));

/** So many digits, to be read at a glance. */
export function brief(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 10_000) return written(String(value));
  return written(withDigits(value, digits));
}

/** The power of ten that the largest of some small numbers is written with; 0 for none. */
export function unitOf(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest > 0 && (largest < 0.1 || largest >= 1000) ? Math.floor(Math.log10(largest)) : 0;
}

/** Few digits, the same number of them behind the point, for cells side by side. */
export function inUnit(value: number, exponent: number): string {
  const scaled = value / 10 ** exponent;
  const size = Math.abs(scaled);
  return written(value === 0 ? '0' : scaled.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2));
}
