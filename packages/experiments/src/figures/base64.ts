/** Bytes in base64 (RFC 4648). */
export function toBase64(bytes: Uint8Array): string {
  let characters = '';
  // Not all at once: a function takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    characters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(characters);
}

/** The bytes of a text in base64. @throws DOMException if it is none */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
