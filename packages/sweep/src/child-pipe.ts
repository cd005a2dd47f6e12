/** Number of the open file on which the program of a cell tells the sweep what it used, at its end. */
export const toldOn = 3;

/** What a program used. */
export interface Used {
  /** The most memory that it held, in bytes; 0 if unknown, as of a program that was killed. */
  readonly peakBytes: number;
  /** Seconds of all its threads on a core; 0 if unknown. */
  readonly coreSeconds: number;
}
