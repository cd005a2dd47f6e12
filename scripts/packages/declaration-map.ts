/** Maps of declarations, so that an editor's "go to definition" shows the code. */
import type { Closed } from './close-gaps.ts';

/** A source map, version 3 (https://tc39.es/ecma426). */
interface SourceMap {
  readonly version: number;
  readonly file: string;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * The map of a declaration file, leading to the JavaScript in place of the source. What is not there (interfaces, and
 * other types) loses its mapping: an editor then stays at the declaration.
 * @param place where a place of the source lies in the JavaScript
 */
export function keepVisible(map: SourceMap, source: string, place: Closed['place']): SourceMap {
  let [line, column] = [0, 0];
  let [keptLine, keptColumn] = [0, 0];
  /** Whether the segment before leads nowhere: then another one that does not, either, says nothing new. */
  let nowhere = true;
  const mappings = map.mappings
    .split(';')
    .map((segments) => {
      // Columns in the declaration file count from the segment before.
      let [at, last] = [0, 0];
      return segments
        .split(',')
        .filter((segment) => segment !== '')
        .flatMap((segment) => {
          const [generated, , lines_, columns] = decode(segment);
          at += generated;
          line += lines_;
          column += columns;
          const there = place(line, column);
          if (!there && nowhere) return [];
          nowhere = !there;
          const kept = [at - last, ...(there ? [0, there[0] - keptLine, there[1] - keptColumn] : [])];
          last = at;
          if (there) [keptLine, keptColumn] = there;
          return [encode(kept)];
        })
        .join(',');
    })
    .join(';');
  return { version: map.version, file: map.file, sources: [source], names: [], mappings };
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Numbers from their base64 VLQ form: 5 bits a digit, the lowest ones first, and the sign in the lowest bit. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function encode(numbers: readonly number[]): string {
  let text = '';
  for (const number of numbers) {
    let rest = number < 0 ? (-number << 1) | 1 : number << 1;
    do {
      const bits = rest & 31;
      rest >>>= 5;
      text += digits[rest > 0 ? bits | 32 : bits];
    } while (rest > 0);
  }
  return text;
}
