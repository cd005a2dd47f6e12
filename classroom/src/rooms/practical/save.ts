const kinds: Readonly<Record<string, string>> = {
  html: 'text/html',
  json: 'application/json',
  png: 'image/png',
  zip: 'application/zip',
};

/** Lets the browser save a file; nothing happens without bytes. */
export function save(name: string, bytes: Uint8Array<ArrayBuffer> | undefined): void {
  if (!bytes) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: kinds[name.split('.').at(-1)!] }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Shows a page in a new tab. @returns false where the browser does not let it open */
export function openPage(html: Uint8Array<ArrayBuffer>): boolean {
  const url = URL.createObjectURL(new Blob([html], { type: kinds.html }));
  const opened = window.open(url, '_blank');
  if (!opened) URL.revokeObjectURL(url);
  return opened !== null;
}
