import { de } from './de.ts';
import { en, type Strings } from './en.ts';

export type { Strings };

export const languages = { en, de } as const;
export type Language = keyof typeof languages;

/** Numbers as people of a language write them. */
export function formatNumber(language: Language, value: number, digits: number): string {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
