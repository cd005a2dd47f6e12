/** A text in an address: deflated, in the letters of base64url. */
import { deflateSync, Inflate, strToU8 } from 'fflate';

/** Bytes that a text may have; no kernel of the page comes near. */
export const mostBytes = 1 << 17;
/** Letters that a text may take in an address. */
export const mostLetters = 24_000;
/** Bytes that are inflated at once: each can become a thousand. */
const piece = 64;

export function toLetters(text: string): string {
  const bytes = deflateSync(strToU8(text), { level: 9 });
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads what `toLetters` wrote, or somebody made up; undefined if it is no such text. */
export function fromLetters(letters: string): string | undefined {
  if (letters.length > mostLetters || !/^[\w-]+$/.test(letters)) return undefined;
  try {
    const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
    return inflated(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function inflated(bytes: Uint8Array): string | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const inflate = new Inflate((part, final) => {
    parts.push(part);
    size += part.length;
    ended = final;
  });
  for (let at = 0; at < bytes.length; at += piece) {
    inflate.push(bytes.subarray(at, at + piece), at + piece >= bytes.length);
    if (size > mostBytes) return undefined;
  }
  if (!ended) return undefined;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(all);
  return /[^\P{Cc}\n\t]/u.test(text) ? undefined : text;
}
