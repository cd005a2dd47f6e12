/** Immediate data: some words that are given to dispatches without a buffer. */
import type { CompiledKernel } from '@glassbox/wgsl-wasm';
import { bytesOf, size64 } from './convert.ts';
import { rule } from './core.ts';
import { exception } from './errors.ts';

/** The immediate variable of a kernel, if it has one: it comes before the buffers. */
export const immediateOf = ({ bindings }: CompiledKernel): CompiledKernel['bindings'][number] | undefined =>
  bindings.find(({ words }) => words);

/**
 * A copy of the data for `setImmediates`. `dataOffset` and `dataSize` count elements of a typed array, else bytes.
 * @throws DOMException `OperationError` if the data do not have these, or they are no whole words
 */
export function immediateData(data: unknown, dataOffset: unknown, dataSize: unknown): Uint8Array {
  const owner = 'setImmediates';
  const { bytes, unit } = bytesOf(owner, data);
  const first = unit * size64(owner, 'dataOffset', dataOffset ?? 0);
  const size = dataSize === undefined ? bytes.length - first : unit * size64(owner, 'dataSize', dataSize);
  const refuse = (message: string): never => {
    throw exception('OperationError', `${owner}: ${message}`);
  };
  if (size < 0 || first + size > bytes.length)
    refuse(`bytes ${first} to ${first + size} are outside of data of ${bytes.length} bytes`);
  if (size % 4 !== 0) refuse(`${size} bytes are not a multiple of 4`);
  return bytes.slice(first, first + size);
}

/** What a pass has set. A dispatch keeps it as it is then. */
export class Immediates {
  #bytes = new Uint8Array();
  readonly #set = new Set<number>();

  /** @throws what `Core.holds` reports if it does not fit into `most` bytes */
  set(offset: number, data: Uint8Array, most: number): void {
    rule(offset % 4 === 0, () => `rangeOffset ${offset} is not a multiple of 4`);
    const end = offset + data.length;
    rule(end <= most, () => `bytes ${offset} to ${end} are above the limit maxImmediateSize, ${most}`);
    const bytes = new Uint8Array(most);
    bytes.set(this.#bytes);
    bytes.set(data, offset);
    this.#bytes = bytes;
    for (let word = offset / 4; word < end / 4; word++) this.#set.add(word);
  }

  /** What a kernel gets; null if it takes none. @throws what `Core.holds` reports if some of it was not set */
  for(compiled: CompiledKernel): Uint8Array | null {
    const variable = immediateOf(compiled);
    const missing = variable?.words?.find((word) => !this.#set.has(word));
    rule(
      missing === undefined,
      () => `bytes ${4 * missing!} to ${4 * missing! + 4} of the immediate '${variable!.name}' were not set`,
    );
    return variable ? this.#bytes : null;
  }
}
