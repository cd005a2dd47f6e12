export const strings = {
  en: {
    leave: 'Escape, then Tab leaves the editor.',
    phrases: {} as Record<string, string>,
  },
  de: {
    leave: 'Escape, dann Tab verlässt den Editor.',
    phrases: {
      Diagnostics: 'Fehler',
      'No diagnostics': 'Keine Fehler',
      close: 'schließen',
      'current diagnostic': 'dieser Fehler',
    },
  },
};
