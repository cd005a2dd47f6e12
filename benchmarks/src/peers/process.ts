import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Failure, Request } from './protocol.ts';

/** The contender failed: its own message. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

export interface PeerProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** One contender's process: asks and waits for the answer, one request at a time. */
export class PeerProcess {
  readonly #isOurs: boolean;
  readonly #child: ChildProcess;
  #answer: ((line: string) => void) | undefined;
  #ended: string | undefined;
  #complaints = '';

  /** @param isOurs Our own side: its failures are no results but bugs, and are thrown as plain errors. */
  constructor({ command, args, env = process.env }: PeerProgram, isOurs = false) {
    this.#isOurs = isOurs;
    this.#child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (line.startsWith('@')) this.#answer?.(line.slice(1));
    });
    this.#child.stderr!.on('data', (text: Buffer) => {
      this.#complaints = (this.#complaints + text).slice(-4000);
    });
    // A write to a process that has ended fails; `exit` tells of it.
    this.#child.stdin!.on('error', () => {});
    this.#child.on('error', (error) => this.#end(`cannot be started: ${error.message}`));
    this.#child.on('exit', (code, signal) =>
      this.#end(
        `ended (${signal ?? `status ${code}`}): ${lastLine(this.#complaints) || 'without a message'}`,
      ),
    );
  }

  /**
   * Sends a request and resolves with the answer.
   * @throws PeerError in the contender's words, or if it ended, or took longer than `seconds` (it is then ended).
   */
  ask<A extends Answer>(request: Request, seconds: number): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      if (this.#ended) {
        reject(this.#error(this.#ended));
        return;
      }
      const timer = setTimeout(() => {
        this.#end(`no answer to '${request.do}' within ${seconds} s`);
        this.#child.kill('SIGKILL');
      }, seconds * 1000);
      this.#answer = (line) => {
        clearTimeout(timer);
        this.#answer = undefined;
        const answer = JSON.parse(line) as A | Failure;
        if (answer.error === undefined) resolve(answer as A);
        else reject(this.#error(answer.error));
      };
      this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    });
  }

  /** Ends the process. */
  close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }

  #error(message: string): Error {
    return this.#isOurs ? new Error(`our own worker: ${message}`) : new PeerError(message);
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#answer?.(JSON.stringify({ error: this.#ended }));
  }
}

/** The last line that is not a stack frame: where programs say what went wrong. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line && !line.startsWith('at ') && !/^Node\.js v/.test(line)).at(-1) ?? '';
}
