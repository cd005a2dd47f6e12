/** How the cases of a command went, one line each. */
export class Verdicts {
  #failed = 0;

  /** `problem` is empty if all is well; `note` says what came out, and is cut to one line. */
  readonly say = (what: string, problem: string, note = ''): void => {
    const short = note.replace(/\s+/g, ' ').slice(0, 140);
    console.log(`${problem ? 'FAILED' : 'ok    '} ${what}${short && `: ${short}`}`);
    if (!problem) return;
    if (problem !== note) console.log(problem);
    this.#failed++;
  };

  /** Whether anything failed so far. */
  get failed(): boolean {
    return this.#failed > 0;
  }

  /** Says it all in one line. @returns the exit status */
  end(well = 'all well'): number {
    console.log(this.#failed > 0 ? `${this.#failed} failed` : well);
    return this.#failed > 0 ? 1 : 0;
  }
}

export type Say = Verdicts['say'];
