/** Texts in an address: deflated, and written in the letters that addresses take as they are (base64url). */
import { deflateSync, inflateSync } from 'fflate';

/** Longer packed texts do not go into a link, which has room for other things, too. */
export const maxPacked = 24_000;
/** Longer than any kernel. */
const maxText = 1 << 20;

/** The text as part of an address; undefined if that is too long. */
export function packText(text: string): string | undefined {
  const bytes = deflateSync(new TextEncoder().encode(text), { level: 9 });
  const packed = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return packed.length > maxPacked ? undefined : packed;
}

/** The text again; undefined if the address does not hold one. */
export function unpackText(packed: string): string | undefined {
  if (!/^[\w-]+$/.test(packed) || packed.length > maxPacked) return undefined;
  try {
    const letters = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = inflateSync(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
    if (bytes.length > maxText) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // damaged, or made up
  }
}
