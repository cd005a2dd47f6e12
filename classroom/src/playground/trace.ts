/**
 * A fingerprint of a list of 32-bit floats that grows: FNV-1a of 64 bits (Fowler, Noll, Vo) over their bytes. Two
 * trainings with the same fingerprint had the same losses to the last bit.
 */
export class Trace {
  #hash: bigint;
  readonly #float = new Float32Array(1);
  readonly #bytes = new Uint8Array(this.#float.buffer);

  /** @param digest of the list so far, to go on from. */
  constructor(digest = 'cbf29ce484222325') {
    this.#hash = BigInt(`0x${digest}`);
  }

  add(value: number): void {
    this.#float[0] = value;
    for (const byte of this.#bytes) {
      this.#hash = BigInt.asUintN(64, (this.#hash ^ BigInt(byte)) * 0x100000001b3n);
    }
  }

  /** 16 hexadecimal digits. */
  get digest(): string {
    return this.#hash.toString(16).padStart(16, '0');
  }
}
