import { crc32 } from './checksum.ts';

/** The upper half of code page 437 (the IBM PC's), in which names are written that do not say that they are UTF-8. */
const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Extra field that Info-ZIP writes: the name in UTF-8, with a checksum of the name that it stands for. */
const unicodePath = 0x7075;

/**
 * A member's name as APPNOTE 4.4.4 and Python's zipfile read it: UTF-8 where bit 11 of the flags says so, else the
 * Unicode path field (4.6.9) where there is one, else code page 437.
 *
 * @returns undefined where it is said to be UTF-8 and is not
 */
export function memberName(bytes: Uint8Array, flags: number, extra: Uint8Array): string | undefined {
  if (flags & 0x800) return utf8(bytes);
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    const end = at + 4 + length;
    if (view.getUint16(at, true) === unicodePath && length > 5 && end <= extra.length) {
      const stands = extra[at + 4] === 1 && view.getUint32(at + 5, true) === crc32(bytes);
      if (stands) return utf8(extra.subarray(at + 9, end));
    }
    at = end;
  }
  return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : cp437[byte - 128])).join('');
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Whether a program that unpacks an archive with such a member could write outside of its folder: absolute paths,
 * drives, `..`, backslashes, which are separators on Windows, and NUL, where a name in C ends. A colon alone (`w:0`)
 * is harmless.
 */
export function climbsOut(name: string): boolean {
  return name === '' || /[\0\\]|^\/|^[A-Za-z]:\//.test(name) || name.split('/').includes('..');
}
