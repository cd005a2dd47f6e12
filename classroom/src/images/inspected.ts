/** An X-ray that one can look at. */
export interface InspectedImage {
  /** 28 x 28 bytes. */
  readonly pixels: Uint8Array;
  /** 0 or 1 where it is known. */
  readonly label?: number;
  /** Of the file that it came from. */
  readonly name?: string;
}
