/** A half-open range of offsets into the source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
