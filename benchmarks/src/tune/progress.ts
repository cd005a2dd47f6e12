/** A bar on stderr that is drawn over itself; where stderr is no terminal, nothing. */
export class Progress {
  readonly #total: number;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Says what is being done. */
  show(what: string): void {
    if (!process.stderr.isTTY) return;
    const width = 24;
    const filled = Math.round((width * this.#done) / Math.max(1, this.#total));
    const bar = `${'#'.repeat(filled)}${'-'.repeat(width - filled)}`;
    const room = (process.stderr.columns ?? 80) - width - 14;
    process.stderr.write(`\r\x1b[K[${bar}] ${this.#done}/${this.#total} ${what.slice(0, Math.max(0, room))}`);
  }

  advance(): void {
    this.#done++;
  }

  /** Leaves an empty line. */
  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
