/** A terminal, as far as progress needs one; `process.stderr` is one. */
export interface ProgressStream {
  /** True for a terminal: nothing is drawn anywhere else. */
  readonly isTTY?: boolean;
  /** Width of the terminal in characters; a longer line is cut. */
  readonly columns?: number;
  /** Writes text as it is, control characters included. */
  write(text: string): unknown;
}

/** Milliseconds between two drawings. */
const pause = 100;

const emptied = '\r\x1b[2K';

/**
 * One line of a terminal that is drawn over itself. Where the stream is no terminal (a file, a pipe), nothing is
 * written.
 */
export class StatusLine {
  readonly #stream: ProgressStream;
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(stream: ProgressStream = process.stderr) {
    this.#stream = stream;
  }

  /** Characters that fit: one less than the terminal has, because some of them begin a new line after the last one. */
  get columns(): number {
    return (this.#stream.columns ?? 80) - 1;
  }

  /**
   * Draws the line, at most ten times a second.
   * @param text is asked only if the line is drawn
   * @param now draws whenever the last time was: for a text that must be seen
   */
  draw(text: () => string, now = false): void {
    const time = performance.now();
    if (!this.#stream.isTTY || (time - this.#drawn < pause && !now)) return;
    this.#drawn = time;
    this.#stream.write(`${emptied}${text()}`);
  }

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    if (this.#drawn > Number.NEGATIVE_INFINITY) this.#stream.write(emptied);
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  /** Leaves the line as it is; what comes next begins below it. */
  keep(): void {
    if (this.#drawn > Number.NEGATIVE_INFINITY) this.#stream.write('\n');
    this.#drawn = Number.NEGATIVE_INFINITY;
  }
}

/** `[####....]`: a share from 0 to 1 in so many characters, the brackets not counted. */
export function bar(share: number, width: number): string {
  const filled = Math.round(width * Math.min(1, Math.max(0, share)));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}
