import { language } from '../store.ts';
import type { Language } from './index.ts';

/** The strings of a room in the page's language: `useStrings({ en, de })`. */
export function useStrings<T>(strings: Readonly<Record<Language, T>>): T {
  return strings[language.value];
}
