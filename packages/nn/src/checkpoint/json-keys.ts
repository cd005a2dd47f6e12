/**
 * Finds a key that an object of a JSON text has twice. `JSON.parse` silently keeps the last one, so that two readers
 * of one file may see different tensors.
 * @param text valid JSON.
 * @returns the first repeated key, or undefined.
 */
export function repeatedKey(text: string): string | undefined {
  // One set of keys per open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = stringEnd(text, at);
      // A string that a colon follows is a key.
      if (nextCharacter(text, end) === ':') {
        const key = JSON.parse(text.slice(at, end)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function nextCharacter(text: string, start: number): string {
  let at = start;
  while (/\s/.test(text[at] ?? '')) at++;
  return text[at] ?? '';
}
