/** What a visitor prefers: the page's language and colours, remembered from one visit to the next. */
import { computed, effect, signal } from '@preact/signals';
import { type Language, languages } from './strings/index.ts';

/** What is remembered from one visit to the next. */
export function remembered<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(name);
    return allowed.find((each) => each === value);
  } catch {
    return undefined; // storage is switched off: nothing is remembered
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // storage is switched off
  }
}

export const themes = ['auto', 'light', 'dark'] as const;

const languageNames = Object.keys(languages) as Language[];
export const language = signal<Language>(
  remembered('language', languageNames) ?? (navigator.language.startsWith('de') ? 'de' : 'en'),
);
export const strings = computed(() => languages[language.value]);
export const theme = signal<(typeof themes)[number]>(remembered('theme', themes) ?? 'auto');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(systemDark.matches);
systemDark.onchange = () => {
  systemIsDark.value = systemDark.matches;
};
export const dark = computed(() => (theme.value === 'auto' ? systemIsDark.value : theme.value === 'dark'));

export function setLanguage(choice: Language): void {
  language.value = choice;
  remember('language', choice);
}

export function setTheme(choice: (typeof themes)[number]): void {
  theme.value = choice;
  remember('theme', choice);
}

effect(() => {
  document.documentElement.lang = language.value;
  document.title = strings.value.title;
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
});
