/** The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding), as far as events need it. */
export class Message {
  readonly #bytes: number[] = [];

  /** A field of a whole number >= 0. */
  whole(field: number, value: number): this {
    this.#tag(field, 0);
    return this.#varint(value);
  }

  double(field: number, value: number): this {
    this.#tag(field, 1);
    this.#bytes.push(...new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, 5);
    this.#bytes.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** A field of text, bytes, or another message. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const content = bytes instanceof Message ? bytes.#bytes : bytes;
    this.#tag(field, 2);
    this.#varint(content.length);
    // Not as arguments of one call: an image has too many bytes for that.
    for (const byte of content) this.#bytes.push(byte);
    return this;
  }

  /** Many numbers in one field. */
  doubles(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, new Uint8Array(Float64Array.from(values).buffer));
  }

  encode(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  /** Seven bits a byte, the lowest first; beyond 32 bits, too. */
  #varint(value: number): this {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) | 128);
    this.#bytes.push(rest);
    return this;
  }
}
