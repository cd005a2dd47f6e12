import { de } from './de.ts';
import { en, type Strings } from './en.ts';

export type { Strings };

export const languages = { en, de } as const;
export type Language = keyof typeof languages;

/** Made once for each language and number of digits: making one takes longer than writing many numbers with it. */
const formats = new Map<string, Intl.NumberFormat>();

/** Numbers as people of a language write them. */
export function formatNumber(language: Language, value: number, digits: number): string {
  const key = `${language} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  return format.format(value);
}
